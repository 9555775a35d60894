"""How what was sent is settled: digests of what the cap put off, delivery reports, the place of the nightly check."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0015_registry_uploads")]
    operations = [sql("0016_settling")]
