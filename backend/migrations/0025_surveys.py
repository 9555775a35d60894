"""Surveys: questions to many, one answer an enterprise."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0024_knowledge")]
    operations = [sql("0025_surveys")]
