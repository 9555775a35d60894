"""Rounds of visits over an audience: who is visited by whom in which week, and what owners answer."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0033_contacts")]
    operations = [sql("0034_campaigns")]
