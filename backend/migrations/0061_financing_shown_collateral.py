"""Financing: a pledge of a patent or trademark is shown before a consent only where enough have any."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0060_financing_signed")]
    operations = [sql("0061_financing_shown_collateral")]
