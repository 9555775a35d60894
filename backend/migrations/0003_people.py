"""Staff, owners, sessions, bindings."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0002_enterprises")]
    operations = [sql("0003_people")]
