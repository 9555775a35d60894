"""The demo has banks whose products fit a shop, and needs at every point of their way, so that no screen is empty."""

from datetime import timedelta

import pytest

from backend.access import Actor, ActorKind, Role
from backend.financing import figures
from backend.financing.banks import listing
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
    partners = [await clerk(Role.PARTNER), await clerk(Role.PARTNER)]
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
    await neighbours(40)
    await db.execute(_SMALL, clock_module.today())
    first, _ = await _seeded()
    states = {row["state"]: row["n"] for row in await db.fetch(_STATES)}
    assert set(states) == {
        "routed", "due_diligence", "approved", "rejected", "drawn", "given_up", "unknown",
    }  # fmt: skip
    listed = await listing.page(first, listing.Sought(), cursor=None, limit=50)
    assert len(listed["items"]) >= 4
    both = await db.fetch_value(_COMPARABLE)
    assert len((await offers.compared(both, actor=MANAGER))["items"]) == 2
    assert await db.fetch_value("SELECT count(*) FROM financing_second_looks WHERE contacted_at IS NOT NULL") == 1
    last = clock_module.today().replace(day=1) - timedelta(days=1)
    funnel = await figures.funnel(MANAGER, "bank", last - timedelta(days=45), last)
    assert {one["part"] for one in funnel["groups"]} == {BANK, "南太湖演示农商银行"}
    assert (await figures.ip_pledged(MANAGER, clock_module.today().year))["drawn_wan"] == "200"
    assert await renewing.remind() == 1


_STATES = "SELECT state, count(*) AS n FROM financing_referrals GROUP BY 1"
_COMPARABLE = """
SELECT r.application_id FROM financing_referrals r WHERE r.state = 'approved' GROUP BY 1 HAVING count(*) = 2
"""
