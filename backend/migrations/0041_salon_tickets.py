"""Salons: tickets, scans and who was there."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0040_salons")]
    operations = [sql("0041_salon_tickets")]
