"""Outbox, audit, files, consents, counters, keys."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    initial = True
    operations = [sql("0001_foundation")]
