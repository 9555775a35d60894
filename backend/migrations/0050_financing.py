"""Financing: banks and their desks, products by rule, applications shown to nobody by name, consents bank by bank."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0044_salon_materials")]
    operations = [sql("0050_financing")]
