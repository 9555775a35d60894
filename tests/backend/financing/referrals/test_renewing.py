"""A loan that falls due is reminded of once, and its renewal asks nothing that is known."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from backend.access import Actor
from backend.financing import applying, errors
from backend.financing.consent import consenting
from backend.financing.models import Referral
from backend.financing.referrals import drawing, referring, renewing
from backend.financing.referrals.drawing import Drawing
from backend.financing.referrals.offers import Offer
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.runtime import Runtime
from tests.backend.financing import people
from tests.backend.financing.people import bank, opened, owner, product, referred, signing, state_of

YEAR = timedelta(days=365)
_LOCK = "SELECT FROM financing_applications WHERE id = $1 FOR NO KEY UPDATE"
_WAITS = """
SELECT count(*) FROM pg_locks w JOIN pg_database d ON d.datname = current_database()
WHERE NOT w.granted AND w.pid IN (SELECT l.pid FROM pg_locks l WHERE l.database = d.oid)
"""


async def _offered(desk: Actor, sent: Referral) -> Referral:
    taken = await referring.accept(sent.id, actor=desk, version=sent.version)
    valid = clock_module.today() + timedelta(days=9)
    offer = Offer(Decimal(50), 12, "bullet", "credit", valid, Decimal(4))
    return await referring.offer(sent.id, offer, actor=desk, version=taken.version)


def _paid() -> Drawing:
    today = clock_module.today()
    return Drawing(today, Decimal("48.5"), today + YEAR)


async def drawn(person: Actor, desk: Actor, sent: Referral) -> Referral:
    return await people.drawn(await _offered(desk, sent), desk, person, _paid())


async def _noted(desk: Actor, sent: Referral) -> Referral:
    good = await _offered(desk, sent)
    return await drawing.note(good.id, _paid(), actor=desk, version=good.version)


async def test_a_renewal_is_reminded_of_filled_in_and_closes_the_circle(
    running: Runtime, clock: clock_module.Frozen
) -> None:
    institution, _, desk = await bank()
    version = await product(institution)
    person, _ = await owner(running)
    application = await opened(person)
    first = await drawn(person, desk, await consenting.sign(application.id, signing(version), actor=person))
    clock.advance(YEAR - timedelta(days=61))
    assert await renewing.remind() == 0
    clock.advance(timedelta(days=1))
    assert (await renewing.remind(), await renewing.remind()) == (1, 0)
    told = await db.fetch_value("SELECT body FROM inbox WHERE kind = 'financing_renewal'")
    assert "2027年11月23日到期" in told
    draft = await renewing.begin(first.id, actor=person)
    assert (draft.amount_wan, draft.purpose, draft.follows_id) == (Decimal("48.5"), "renewal", first.id)
    assert draft.standards == application.standards
    await applying.submit(draft.id, actor=person, version=draft.version)
    again = await consenting.sign(draft.id, signing(version), actor=person)
    await drawn(person, desk, again)
    assert (await state_of(first.id), await state_of(again.id)) == ("renewed", "drawn")
    with pytest.raises(errors.NotDrawn):
        await renewing.begin(first.id, actor=person)


@pytest.mark.parametrize("is_silent", [False, True])
async def test_what_renews_a_loan_waits_in_no_circle(
    running: Runtime, clock: clock_module.Frozen, is_silent: bool
) -> None:
    institution, _, desk = await bank()
    version = await product(institution)
    person, _ = await owner(running)
    first = await drawn(person, desk, await referred(person, version))
    clock.advance(YEAR - timedelta(days=60))
    draft = await renewing.begin(first.id, actor=person)
    await applying.submit(draft.id, actor=person, version=draft.version)
    noted = await _noted(desk, await consenting.sign(draft.id, signing(version), actor=person))
    assert noted.confirm_by
    clock.set(noted.confirm_by)
    is_locked = asyncio.Event()

    async def locks_the_older_first() -> None:
        """As all do that lock several."""
        async with db.transaction():
            await db.execute(_LOCK, first.application_id)
            is_locked.set()
            async with asyncio.timeout(30):
                while not await db.fetch_value(_WAITS):
                    await asyncio.sleep(0.01)
            await db.execute(f"{_LOCK} NOWAIT", draft.id)

    other = asyncio.create_task(locks_the_older_first())
    await is_locked.wait()
    if is_silent:
        assert await drawing.sweep() == 1
    else:
        await drawing.confirm(noted.id, actor=person, version=noted.version)
    await other
    assert (await state_of(first.id), await state_of(noted.id)) == ("renewed", "drawn")


async def test_only_its_owner_renews(running: Runtime) -> None:
    institution, _, _ = await bank()
    person, _ = await owner(running)
    sent = await referred(person, await product(institution))
    with pytest.raises(errors.NotDrawn):
        await renewing.begin(sent.id, actor=person)
    stranger, _ = await owner(running, 2)
    with pytest.raises(errors.ReferralUnknown):
        await renewing.begin(sent.id, actor=stranger)
