"""Financing: banks that integrate: keys to sign requests with, and where they are told of what happens."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0051_second_looks")]
    operations = [sql("0052_partner_clients")]
