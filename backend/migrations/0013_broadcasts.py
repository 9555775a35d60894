"""Broadcasts: a frozen list, released, sent, and accounted for."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0012_channels")]
    operations = [sql("0013_broadcasts")]
