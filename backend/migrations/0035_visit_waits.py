"""Visits: earlier times for who waits, reminders, calendars by address."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0034_campaigns")]
    operations = [sql("0035_visit_waits")]
