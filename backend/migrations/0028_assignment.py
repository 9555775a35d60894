"""Who is away, who knows what, who has taken on what; by when a case must be accepted."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0027_closing")]
    operations = [sql("0028_assignment")]
