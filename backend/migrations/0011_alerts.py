"""What an operator has to know, once until it is over."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0010_policy_answers")]
    operations = [sql("0011_alerts")]
