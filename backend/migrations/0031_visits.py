"""Visits: reasons, working plans, places and ways between them, and time that nobody can give away twice."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0030_queues")]
    operations = [sql("0031_visits")]
