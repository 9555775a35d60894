"""Questions: asked, checked, answered as cases; followed, published in other words, and the list of abuse."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0025_surveys")]
    operations = [sql("0026_questions")]
