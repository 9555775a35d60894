"""What owners answer: questions asked, not for me, reminders."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0009_policy_reading")]
    operations = [sql("0010_policy_answers")]
