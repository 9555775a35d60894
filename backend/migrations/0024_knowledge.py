"""The knowledge base, what has to be corrected in it, what is similar, and what it lacks."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0023_moderation")]
    operations = [sql("0024_knowledge")]
