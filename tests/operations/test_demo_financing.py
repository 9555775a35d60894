"""The demo has banks whose products fit a shop, and needs at every point of their way, so that no screen is empty."""

import pytest

from backend.access import Actor, ActorKind, Role
from backend.financing import figures
from backend.financing.banks import listing
from backend.financing.catalogue.ordering import Lot, ordered
from backend.financing.consent import consenting
from backend.financing.referrals import offers, renewing
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.runtime import Runtime
from operations.demo_financing import BANK, PRODUCTS, seed_financing
from operations.demo_needs import seed_needs
from tests.backend.cases.people import clerk
from tests.backend.financing.people import MANAGER, neighbours, opened, owner, signing

_SMALL = "UPDATE enterprises SET is_small_or_micro = TRUE, is_small_or_micro_source = 3, is_small_or_micro_on = $1"


async def _seeded() -> list[Actor]:
    partners = [await clerk(Role.PARTNER) for _ in PRODUCTS]
    author, reviewer, mediator = [await clerk(one) for one in (Role.PUBLISHER, Role.REVIEWER, Role.SPECIALIST)]
    for _ in range(2):
        await seed_financing(partners, author, reviewer)
        await seed_needs(partners, mediator)
    return [Actor(ActorKind.PARTNER, one.id, one.name, one.grants) for one in partners]


@pytest.mark.usefixtures("clock")
async def test_a_newcomer_finds_a_bank_to_ask(running: Runtime) -> None:
    await _seeded()
    assert await db.fetch_value("SELECT count(*) FROM financing_institutions WHERE name = $1", BANK) == 1
    kinds = {row["rate_kind"] for row in await db.fetch("SELECT rate_kind FROM financing_product_versions")}
    assert kinds == {"range", "lpr"}
    assert await db.fetch_value("SELECT count(*) FROM financing_products") == sum(map(len, PRODUCTS.values()))
    person, _ = await owner(running)
    made = await opened(person)
    version = await db.fetch_value("SELECT version_id FROM financing_matches WHERE answer = 'yes' LIMIT 1")
    sent = await consenting.sign(made.id, signing(version), actor=person)
    assert sent.state == "routed"


@pytest.mark.usefixtures("running", "clock")
async def test_no_screen_is_empty() -> None:
    await neighbours(200)
    await db.execute(_SMALL, clock_module.today())
    first, *_ = await _seeded()
    states = {row["state"]: row["n"] for row in await db.fetch(_STATES)}
    assert set(states) == {
        "routed", "due_diligence", "approved", "rejected", "drawing", "drawn", "given_up", "unknown",
    }  # fmt: skip
    listed = await listing.page(first, listing.Sought(), cursor=None, limit=50)
    assert len(listed["items"]) >= 4
    assert len((await offers.compared(await db.fetch_value(_COMPARABLE), actor=MANAGER))["items"]) == 3
    assert await db.fetch_value("SELECT count(*) FROM financing_second_looks WHERE outcome IS NULL") == 1
    assert await renewing.remind() == 1
    await _figures_are_above_the_floor()
    await _copies_are_whole()


async def _figures_are_above_the_floor() -> None:
    """Bars for three banks, times, refusals and second looks, and no bank without a place in the lots."""
    today = clock_module.today()
    year, quarter = divmod(today.year * 4 + (today.month - 1) // 3 - 1, 4)
    funnel = await figures.funnel(MANAGER, "bank", f"{year}-Q{quarter + 1}")
    assert {one["part"] for one in funnel["groups"]} == set(PRODUCTS)
    assert all(one["accept_minutes"] and one["decide_minutes"] for one in funnel["groups"])
    assert {one["key"] for one in funnel["outcomes"]} >= {"drawn", "rejected", "given_up", "unknown", "elsewhere"}
    assert len(funnel["refusals"]) >= 4
    assert {one["code"] for one in funnel["second_looks"]} == {"overturned", "upheld"}
    assert {one["code"] for one in funnel["needs"]} == {"closed", "withdrawn", "no_bank"}
    assert {one["bank"] for one in await figures.neutrality(MANAGER, year)} == set(PRODUCTS)


async def _copies_are_whole() -> None:
    """Whoever opens one finds its events in order, a case of its own, and the lot that its seed draws."""
    assert await db.fetch_value(_OUT_OF_ORDER) == 0
    one = await db.fetch_value("SELECT id FROM financing_applications ORDER BY submitted_at OFFSET 3 LIMIT 1")
    told = await db.fetch(_LOTS, one)
    lots = [Lot(row["institution_id"], row["product_id"], row["answer"]) for row in told]
    assert ordered(told[0]["seed"], lots) == lots
    looks = await db.fetch_value("SELECT count(*) FROM financing_second_looks")
    assert await db.fetch_value(_CASES_OF_THEIR_OWN) == looks


_STATES = "SELECT state, count(*) AS n FROM financing_referrals GROUP BY 1"
_COMPARABLE = """
SELECT r.application_id FROM financing_referrals r WHERE r.state = 'approved' GROUP BY 1 HAVING count(*) = 3
"""
_OUT_OF_ORDER = """
SELECT count(*) FROM (SELECT at < lag(at) OVER (PARTITION BY application_id ORDER BY seq) AS wrong
                      FROM financing_events) e WHERE wrong
"""
_LOTS = """
SELECT m.institution_id, v.product_id, m.answer, a.seed FROM financing_matches m
JOIN financing_product_versions v ON v.id = m.version_id JOIN financing_applications a ON a.id = m.application_id
WHERE a.id = $1 ORDER BY m.position
"""
_CASES_OF_THEIR_OWN = """
SELECT count(DISTINCT c.id) FROM financing_second_looks l JOIN financing_referrals r ON r.id = l.referral_id
JOIN cases c ON c.id = l.case_id AND c.origin_id = r.id AND c.title LIKE '%' || r.number
"""
