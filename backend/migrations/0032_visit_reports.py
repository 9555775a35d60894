"""Visits once they are confirmed: who was really there, what was found and promised, and its owner's word on it."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0031_visits")]
    operations = [sql("0032_visit_reports")]
