"""What staff work through: queues in order of their dues, search from two characters on, figures over the log."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0029_problem_lists")]
    operations = [sql("0030_queues")]
