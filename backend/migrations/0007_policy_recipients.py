"""Whom a policy is told to, and who wants nothing chosen by a profile."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0006_called_off")]
    operations = [sql("0007_policy_recipients")]
