"""Of the real policies, two subsidise the interest of a loan: whoever fits both reads that one loan gets only one."""

from datetime import date
from typing import Any

import orjson
import pytest

from backend.access import SYSTEM
from backend.eligibility import Source
from backend.enterprises.facts import record
from backend.foundation import db
from backend.policies import service
from backend.policies.editing import imports
from backend.policies.reading import feed
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.people import REVIEWER, WRITER, owner
from tests.backend.policies.real import ENTRIES

pytestmark = pytest.mark.usefixtures("running", "clock")

FITS_BOTH: dict[str, Any] = {
    "entity_type": "enterprise",
    "industry": "7310",
    "district": "330502",
    "employees": 20,
    "revenue_wan": 500,
    "ownership": "private",
    "loan_kind": "fixed_assets",
    "loan_granted_on": date(2026, 3, 1),
    "loan_has_central_subsidy": False,
    "key_industry_field": "science_services",
    "service_field": "digital",
}


async def test_either_names_the_other_with_the_citation() -> None:
    await imports.import_policies(imports.REAL, actor=WRITER)
    ids = {}
    for number in ("N17", "N19"):
        ids[number] = await db.fetch_value("SELECT id FROM policies WHERE number = $1", number)
        handed = await service.submit(ids[number], actor=WRITER)
        await service.publish(ids[number], actor=REVIEWER, version=handed.version)
    shop = await enterprise()
    await record(shop, FITS_BOTH, source=Source.BUREAU, actor=SYSTEM)
    actor = await owner(shop)
    (named,) = ENTRIES["N17"]["exclusions"]
    for number, other in (("N17", "N19"), ("N19", "N17")):
        told = orjson.loads(orjson.dumps(await feed.detail(actor, shop, ids[number]), default=str))
        assert told["answer"] == "yes"
        (excluded,) = told["excludes"]
        assert (excluded["title"], excluded["citation"]) == (ENTRIES[other]["title"], named["citation"])
