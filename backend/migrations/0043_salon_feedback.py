"""Salons: anonymous feedback."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0042_salon_questions")]
    operations = [sql("0043_salon_feedback")]
