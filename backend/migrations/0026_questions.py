"""Questions of owners: asked, followed, published in anonymised wording, and whoever is barred from asking for a time."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0025_surveys")]
    operations = [sql("0026_questions")]
