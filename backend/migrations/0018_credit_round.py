"""Units that closed."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0017_units")]
    operations = [sql("0018_credit_round")]
