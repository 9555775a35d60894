"""Financing: papers to the five standards, a time by which a loan is drawn, rates compared with their announcement."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0055_claimed_together")]
    operations = [sql("0056_financing_evidence")]
