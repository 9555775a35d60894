"""Salons: the questions of a form keep their order."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0056_financing_evidence")]
    operations = [sql("0057_salon_form_order")]
