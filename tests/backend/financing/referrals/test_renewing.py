"""A loan that falls due is reminded of once, and its renewal asks nothing that is known."""

from datetime import timedelta
from decimal import Decimal

import pytest

from backend.access import Actor
from backend.financing import applying, errors
from backend.financing.consent import consenting
from backend.financing.models import Referral
from backend.financing.referrals import referring, renewing
from backend.financing.referrals.drawing import Drawing
from backend.financing.referrals.offers import Offer
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.runtime import Runtime
from tests.backend.financing import people
from tests.backend.financing.people import bank, opened, owner, product, referred, signing, state_of

YEAR = timedelta(days=365)


async def drawn(person: Actor, desk: Actor, sent: Referral) -> Referral:
    taken = await referring.accept(sent.id, actor=desk, version=sent.version)
    today = clock_module.today()
    offer = Offer(Decimal(50), 12, "bullet", "credit", today + timedelta(days=9), Decimal(4))
    good = await referring.offer(sent.id, offer, actor=desk, version=taken.version)
    return await people.drawn(good, desk, person, Drawing(today, Decimal("48.5"), today + YEAR))


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


async def test_only_its_owner_renews(running: Runtime) -> None:
    institution, _, _ = await bank()
    person, _ = await owner(running)
    sent = await referred(person, await product(institution))
    with pytest.raises(errors.NotDrawn):
        await renewing.begin(sent.id, actor=person)
    stranger, _ = await owner(running, 2)
    with pytest.raises(errors.ReferralUnknown):
        await renewing.begin(sent.id, actor=stranger)
