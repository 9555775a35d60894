"""When a salon was last moved; and where somebody waits is found without looking at every salon that ever was."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0057_salon_form_order")]
    operations = [sql("0059_salon_moves")]
