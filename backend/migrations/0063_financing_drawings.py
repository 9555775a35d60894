"""Financing: what a bank notes as drawn counts once its owner has confirmed it, or let the published days pass."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0061_financing_shown_collateral")]
    operations = [sql("0063_financing_drawings")]
