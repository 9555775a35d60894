"""Salons: materials and recording."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0043_salon_feedback")]
    operations = [sql("0044_salon_materials")]
