"""The numbers beside queues, each counted by an index alone."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0035_visit_waits")]
    operations = [sql("0036_case_counts")]
