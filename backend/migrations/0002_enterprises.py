"""Enterprises and their facts."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0001_foundation")]
    operations = [sql("0002_enterprises")]
