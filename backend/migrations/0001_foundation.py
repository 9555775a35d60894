"""Outbox, audit, files, consents, counters, keys."""

from tortoise.migrations.migration import Migration as Step

from backend.migrations.steps import sql


class Migration(Step):
    initial = True
    operations = [sql("0001_foundation")]
