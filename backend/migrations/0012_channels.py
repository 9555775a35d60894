"""More ways to a person than one, and what he wants on which."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0011_alerts")]
    operations = [sql("0012_channels")]
