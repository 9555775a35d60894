"""When a template was declined."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0018_credit_round")]
    operations = [sql("0019_declined_asks")]
