"""Financing: how a consent ended, what a second offer is worse in, a margin for listings, where the LPRs were read."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0065_unit_newest")]
    operations = [sql("0066_financing_ends")]
