"""The demo has a bank whose product fits a shop, so that a newcomer can sign a consent and be read."""

import pytest

from backend.access import Role
from backend.financing.consent import consenting
from backend.foundation import db
from backend.runtime import Runtime
from operations.demo_financing import BANK, seed_financing
from tests.backend.cases.people import clerk
from tests.backend.financing.people import opened, owner, signing


@pytest.mark.usefixtures("clock")
async def test_a_newcomer_finds_a_bank_to_ask(running: Runtime) -> None:
    desk, author, reviewer = await clerk(Role.PARTNER), await clerk(Role.PUBLISHER), await clerk(Role.REVIEWER)
    for _ in range(2):
        await seed_financing(desk, author, reviewer)
    assert await db.fetch_value("SELECT count(*) FROM financing_institutions WHERE name = $1", BANK) == 1
    person, _ = await owner(running)
    made = await opened(person)
    version = await db.fetch_value("SELECT version_id FROM financing_matches WHERE answer = 'yes'")
    sent = await consenting.sign(made.id, signing(version), actor=person)
    assert sent.state == "routed"
