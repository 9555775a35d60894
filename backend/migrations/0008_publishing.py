"""How policies come out: by a time, with attachments, corrected; and whether their links still answer."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0007_policy_recipients")]
    operations = [sql("0008_publishing")]
