"""Financing: what was signed and read stays as it was; figures go by what an enterprise was when it asked."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0059_salon_moves")]
    operations = [sql("0060_financing_signed")]
