"""What owners keep and search for among the policies."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0008_publishing")]
    operations = [sql("0009_policy_reading")]
