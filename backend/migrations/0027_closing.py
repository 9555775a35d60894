"""How a case ends: reached, confirmed or refused, rated, put right; and a receipt for whoever has no account."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0026_questions")]
    operations = [sql("0027_closing")]
