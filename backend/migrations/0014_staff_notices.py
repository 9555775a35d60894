"""What staff are told, and what owners keep of their inbox."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0013_broadcasts")]
    operations = [sql("0014_staff_notices")]
