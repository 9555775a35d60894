"""Salons: quotas that the database counts itself, sign-ups, and their waiting list."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0036_case_counts")]
    operations = [sql("0040_salons")]
