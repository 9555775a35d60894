"""Splits of cases, macros with their versions and runs, and lists of problems that a second person strikes off."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0028_assignment")]
    operations = [sql("0029_problem_lists")]
