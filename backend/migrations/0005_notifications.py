"""Addresses, inbox, credits, deliveries."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0004_policies")]
    operations = [sql("0005_notifications")]
