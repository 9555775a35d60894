"""Words and pictures of owners wait for a verdict before anybody else sees them."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0022_cases")]
    operations = [sql("0023_moderation")]
