"""What is over, or another place's, never fits anybody: not in the feed, not in a detail, not found, told to nobody."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest

from backend.access import SYSTEM, Actor
from backend.eligibility import Source, Value, Verdict, evaluate, facts_from_row
from backend.enterprises import divisions
from backend.enterprises.catalogue import CATALOGUE
from backend.enterprises.facts import record
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.policies import queries, service
from backend.policies.editing.content import NumberedPolicy
from backend.policies.errors import ReferenceOnly
from backend.policies.reading import feed, search
from backend.policies.telling import recipients
from tests.backend.enterprises.builders import enterprise, wide
from tests.backend.policies.people import REVIEWER, WRITER, owner
from tests.backend.policies.real import ENTRIES, RULES

LONG_AGO = datetime(2020, 8, 3, 2, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
STILL_ON = "Z01"
FOR_REFERENCE = sorted(number for number, entry in ENTRIES.items() if entry["reference_only"])
OVER = sorted(
    number
    for number, entry in ENTRIES.items()
    if any(entry[name] and entry[name] < "2026-11-22" for name in ("effective_to", "apply_until"))
)
EVERYTHING: dict[str, Any] = {
    "entity_type": "enterprise",
    "industry": "1751",
    "employees": 20,
    "revenue_wan": 500,
    "unemployment_insurance_months": 12,
    "layoff_percent": 0,
    "young_hires": 3,
    "young_hire_insurance_months": 6,
    "service_field": "tourism",
    "loan_granted_on": date(2025, 6, 1),
    "equipment_invest_wan": 800,
    "is_above_designated_size": True,
    "q1_sales_growth_percent": 12,
    "q1_sales_wan": 3000,
    "new_hires_from_outside": 12,
    "has_ip": True,
    "ip_pledge_loan": True,
}


async def _shop(number: int, district: str) -> UUID:
    made = await enterprise(number)
    await record(made, {**EVERYTHING, "district": district}, source=Source.BUREAU, actor=SYSTEM)
    return made


async def _published(number: str) -> UUID:
    content = NumberedPolicy.model_validate_json(orjson.dumps(ENTRIES[number]))
    made = await service.draft(content, actor=WRITER, number=number)
    handed = await service.submit(made.id, actor=WRITER)
    return (await service.publish(made.id, actor=REVIEWER, version=handed.version)).id


async def _answered(actor: Actor, shop: UUID) -> list[dict[str, Any]]:
    return list(orjson.loads(await feed.feed(actor, shop, limit=100))["items"])


def _titles(page: bytes) -> set[str]:
    return {one["title"] for one in orjson.loads(page)["items"] if one["phase"] != "ended"}


@pytest.fixture
async def all_known(clock: Frozen) -> dict[str, UUID]:
    """What is over today, published while it was not, and one that is still on: policy ids by number."""
    clock.set(LONG_AGO)
    published = {number: await _published(number) for number in (*OVER, STILL_ON)}
    clock.set(NOW)
    return published


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize("has_expired", [False, True], ids=["before the clock ran", "after"])
async def test_what_is_over_fits_nobody_whatever_is_known_of_him(
    all_known: dict[str, UUID], *, has_expired: bool
) -> None:
    if has_expired:
        assert await service.expire() == len(OVER)
    shops = [await _shop(1, "330502"), await _shop(2, "330521")]
    known = [facts_from_row(await wide(shop), CATALOGUE.values()) for shop in shops]
    for number in OVER:  # its rule alone would let somebody in
        assert any(evaluate(RULES[number], facts, NOW.date()) is Verdict.YES for facts in known), number
    actor = await owner(*shops)
    for shop in shops:
        assert [one["title"] for one in await _answered(actor, shop)] == [ENTRIES[STILL_ON]["title"]]
        for number in OVER:
            told = await feed.detail(actor, shop, all_known[number])
            assert (told["answer"], told["match_id"], told["why"]) == (None, None, None), number
            assert ENTRIES[number]["title"] not in _titles(await search.search(actor, shop, ENTRIES[number]["title"]))
            assert ENTRIES[number]["title"] not in _titles(await search.public(ENTRIES[number]["title"]))
    assert _titles(await queries.page(None, None, None, 100)) == {ENTRIES[STILL_ON]["title"]}
    assert {number: await _found(policy) for number, policy in all_known.items()} == {
        **dict.fromkeys(OVER, 0),
        STILL_ON: 1,
    }


async def _found(policy: UUID) -> int:
    version = await db.fetch_value("SELECT id FROM policy_versions WHERE policy_id = $1", policy)
    return (await recipients.freeze(version)).count


@pytest.mark.usefixtures("running", "clock")
@pytest.mark.parametrize("number", FOR_REFERENCE)
async def test_what_is_for_reference_can_not_be_released(number: str) -> None:
    with pytest.raises(ReferenceOnly):
        await _published(number)
    shop = await _shop(1, "330502")
    actor = await owner(shop)
    assert await _answered(actor, shop) == []
    assert _titles(await search.search(actor, shop, ENTRIES[number]["title"])) == set()


@pytest.mark.parametrize("number", FOR_REFERENCE)
def test_what_is_for_reference_is_no_for_every_place_of_ours_whatever_else_is_known(number: str) -> None:
    """A no with nothing else known stays one, for completing facts turns no answer."""
    for place in (*divisions.DISTRICTS, *divisions.TOWNS):
        region = {"region": Value(place, int(Source.REGISTRY), NOW.date())}
        assert evaluate(RULES[number], region, NOW.date()) is Verdict.NO
