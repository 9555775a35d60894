"""Working time: days, years and office hours as the bureau sets them."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0019_declined_asks")]
    operations = [sql("0021_worktime")]
