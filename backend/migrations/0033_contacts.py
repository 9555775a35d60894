"""The ledger of contacts: who of any unit came to an enterprise, how often that may be in a year, who plans to come."""

from tortoise.migrations.migration import Migration as Step

from backend.foundation.migrations import sql


class Migration(Step):
    dependencies = [("wuwei", "0032_visit_reports")]
    operations = [sql("0033_contacts")]
