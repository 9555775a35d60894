"""Pushes that no longer hold."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0005_notifications")]
    operations = [sql("0006_called_off")]
