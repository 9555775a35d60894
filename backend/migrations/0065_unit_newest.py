"""Cases: what waits in a unit is read newest first by an index of its own."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0064_financing_matched")]
    operations = [sql("0065_unit_newest")]
