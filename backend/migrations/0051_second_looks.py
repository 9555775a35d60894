"""Financing: a second look at a refusal, with who mediates and by when each side answers."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0050_financing")]
    operations = [sql("0051_second_looks")]
