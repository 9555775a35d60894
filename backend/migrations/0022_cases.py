"""Cases: one number, one timeline and one clock for whatever was asked, in any module."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0021_worktime")]
    operations = [sql("0022_cases")]
