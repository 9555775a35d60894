"""The keys of a set of commands are claimed by one trip to the server."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0054_salon_feedback_used")]
    operations = [sql("0055_claimed_together")]
