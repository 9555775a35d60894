"""Salons: posters, and materials that are files of ours."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0052_partner_clients")]
    operations = [sql("0053_salon_files")]
