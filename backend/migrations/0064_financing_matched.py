"""Financing: a need is matched anew when a product that it was measured against has changed."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0063_financing_drawings")]
    operations = [sql("0064_financing_matched")]
