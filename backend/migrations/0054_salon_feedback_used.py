"""Salons: tokens for feedback that are kept nowhere until they are used."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0053_salon_files")]
    operations = [sql("0054_salon_feedback_used")]
