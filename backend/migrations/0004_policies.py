"""Policies, rules, matches."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0003_people")]
    operations = [sql("0004_policies")]
