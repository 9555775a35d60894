"""Salons: what is asked there, and the minutes."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0041_salon_tickets")]
    operations = [sql("0042_salon_questions")]
