"""Registry files that staff upload, worked off by the workers."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0014_staff_notices")]
    operations = [sql("0015_registry_uploads")]
