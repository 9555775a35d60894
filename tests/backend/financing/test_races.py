"""Many at once: nothing is signed behind a withdrawal, one place goes to one bank, what closed meanwhile is closed."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from backend.access import Actor
from backend.financing import applying, ceasing, errors
from backend.financing.catalogue import products
from backend.financing.consent import consenting, reading
from backend.financing.models import Referral
from backend.financing.referrals import agreeing, drawing, offers, overdue, referring
from backend.financing.referrals.drawing import Drawing
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.errors import WuweiError
from backend.runtime import Runtime
from tests.backend.financing.people import bank, editor, opened, owner, product, referred, signing, state_of
from tests.backend.financing.referrals.test_referring import terms
from tests.support.sizes import scaled

_LIVE = "SELECT count(*) FROM financing_consents WHERE revoked_at IS NULL"
_SEEING = """
SELECT count(*) FROM financing_referrals
WHERE state IN ('routed', 'accepted', 'contacted', 'due_diligence', 'approved')
"""


async def _at_once(*acts: Coroutine[Any, Any, Any]) -> list[Any]:
    """Run all of them, as many side by side as there are connections; only what the service refuses is no error."""
    places = asyncio.Semaphore(16)

    async def act(one: Coroutine[Any, Any, Any]) -> Any:
        async with places:
            return await one

    results = await asyncio.gather(*map(act, acts), return_exceptions=True)
    for one in results:
        if isinstance(one, BaseException) and not isinstance(one, WuweiError):
            raise one
    return results


async def test_nothing_is_signed_behind_a_withdrawal(running: Runtime) -> None:
    banks = [await bank(f"{number}号银行") for number in range(4)]
    versions = [await product(institution) for institution, _, _ in banks]
    person, _ = await owner(running)
    application = await opened(person)
    each = max(2, scaled(200) // len(versions))
    signs = [consenting.sign(application.id, signing(one), actor=person) for _ in range(each) for one in versions]
    signs.insert(len(signs) // 3, applying.withdraw(application.id, "", actor=person))
    results = await _at_once(*signs)
    assert await db.fetch_value(_LIVE) == 0
    assert await db.fetch_value(_SEEING) == 0
    signed = [one for one in results if isinstance(one, Referral)]
    assert len(signed) <= len(versions)
    assert await db.fetch_value("SELECT count(*) FROM financing_consents") == len(signed)
    assert await db.fetch_value("SELECT state FROM financing_applications") == "withdrawn"


async def test_signed_and_taken_back_over_and_over_leaves_what_the_log_says(running: Runtime) -> None:
    institution, _, desk = await bank()
    version = await product(institution)
    person, _ = await owner(running)
    application = await opened(person)

    async def sign_and_revoke() -> None:
        try:
            sent = await consenting.sign(application.id, signing(version), actor=person)
        except errors.ConsentTaken:
            return
        await reading.read(sent.id, actor=desk)
        await consenting.revoke(sent.consent_id, "", actor=person)

    await _at_once(*(sign_and_revoke() for _ in range(max(4, scaled(200) // 10))))
    assert await db.fetch_value(_LIVE) == 0
    counted = await db.fetch("SELECT id, reads_before_revoke FROM financing_consents")
    for row in counted:
        sql = "SELECT count(*) FROM financing_reads WHERE consent_id = $1"
        assert await db.fetch_value(sql, row["id"]) == row["reads_before_revoke"]


async def test_one_free_place_goes_to_one_of_the_banks_that_come_back(
    running: Runtime, clock: clock_module.Frozen
) -> None:
    banks = [await bank(f"{number}号银行") for number in range(5)]
    versions = [await product(institution) for institution, _, _ in banks]
    person, _ = await owner(running)
    application = await opened(person)
    sent = [await consenting.sign(application.id, signing(one), actor=person) for one in versions]
    clock.advance(timedelta(days=7))
    assert await overdue.sweep() == 3
    assert [await state_of(one.id) for one in sent] == ["unknown"] * 3 + ["routed"] * 2
    late = [await Referral.get(id=one.id) for one in sent[:3]]
    results = await _at_once(
        *(referring.accept(one.id, actor=banks[nth][2], version=one.version) for nth, one in enumerate(late))
    )
    assert sum(isinstance(one, Referral) for one in results) == 1
    assert sum(isinstance(one, errors.NoPlace) for one in results) == 2
    assert await db.fetch_value(_SEEING) == 3


async def test_a_product_taken_down_meanwhile_is_signed_before_or_not_at_all(running: Runtime) -> None:
    institution, _, _ = await bank()
    version = await product(institution)
    row = await db.fetch_one(
        "SELECT p.id, p.version FROM financing_products p JOIN financing_product_versions v ON v.product_id = p.id"
    )
    assert row
    person, _ = await owner(running)
    application = await opened(person)
    results = await _at_once(
        consenting.sign(application.id, signing(version), actor=person),
        products.withdraw(row["id"], "停办", actor=await editor(), version=row["version"]),
        consenting.sign(application.id, signing(version), actor=person),
    )
    refused = [one for one in results if isinstance(one, errors.ProductOver | errors.ConsentTaken)]
    assert len(refused) == 2 - await db.fetch_value(_LIVE)
    with pytest.raises(errors.ProductOver):
        await consenting.sign(application.id, signing(version), actor=person)


async def test_a_signer_who_loses_his_role_meanwhile_leaves_nothing_to_read(running: Runtime) -> None:
    institution, _, desk = await bank()
    version = await product(institution)
    person, place = await owner(running)
    application = await opened(person)

    async def leave() -> None:
        sql = "UPDATE bindings SET state = 'ended', ended_at = now() WHERE enterprise_id = $1"
        await db.execute(sql, place)

    signed, _ = await _at_once(consenting.sign(application.id, signing(version), actor=person), leave())
    if isinstance(signed, Referral):
        with pytest.raises(errors.SignerGone):
            await reading.read(signed.id, actor=desk)


async def test_closing_races_signing_and_reading(running: Runtime) -> None:
    institution, _, desk = await bank()
    person, place = await owner(running)
    sent = await referred(person, await product(institution))
    closed = asyncio.Event()

    async def close() -> None:
        async with db.transaction():
            await ceasing.enterprises_closed([place])
        closed.set()

    async def read() -> bool:
        began_late = closed.is_set()
        try:
            await reading.read(sent.id, actor=desk)
        except errors.ConsentRevoked:
            return False
        assert not began_late, "a read that began behind the end was answered"
        return True

    reads = [read() for _ in range(max(4, scaled(200) // 4))]
    results = await _at_once(*reads[::2], close(), *reads[1::2])
    answered = sum(one is True for one in results)
    assert await db.fetch_value("SELECT reads_before_revoke FROM financing_consents") == answered


async def test_an_offer_and_a_revocation_at_once_end_as_one_of_them(running: Runtime) -> None:
    institution, _, desk = await bank()
    person, _ = await owner(running)
    sent = await referred(person, await product(institution))
    taken = await referring.accept(sent.id, actor=desk, version=sent.version)
    refusal = referring.Refusal("collateral_short", "缺少抵押物", "增加担保")
    results = await _at_once(
        referring.refuse(sent.id, refusal, actor=desk, version=taken.version),
        consenting.revoke(sent.consent_id, "", actor=person),
        overdue.sweep(),
    )
    was_refused = isinstance(results[0], Referral)
    assert await state_of(sent.id) == ("rejected" if was_refused else "given_up")
    assert await db.fetch_value(_LIVE) == 0
    await _nothing_left(person)


async def test_what_is_agreed_to_replaced_and_drawn_at_once_is_never_drawn_unread(
    running: Runtime, clock: clock_module.Frozen
) -> None:
    institution, _, desk = await bank()
    person, _ = await owner(running)
    sent = await referred(person, await product(institution))
    taken = await referring.accept(sent.id, actor=desk, version=sent.version)
    good = await referring.offer(sent.id, terms(), actor=desk, version=taken.version)
    clock.advance(timedelta(days=11))
    less = await referring.offer(sent.id, terms("5"), actor=desk, version=good.version)
    today = clock_module.today()
    paid = Drawing(today, Decimal(50), today + timedelta(days=365))
    results = await _at_once(
        *(drawing.note(sent.id, paid, actor=desk, version=less.version + more) for more in range(3)),
        agreeing.agree(sent.id, actor=person, version=less.version),
        referring.offer(sent.id, terms("4.9"), actor=desk, version=less.version),
        *(drawing.note(sent.id, paid, actor=desk, version=less.version + more) for more in range(3)),
    )
    assert sum(isinstance(one, Referral) for one in results[3:5]) == 1
    newest = (await offers.editions(sent.id))[0]
    was_agreed = isinstance(results[3], Referral)
    assert newest["differences"]
    assert (newest["agreed_at"] is not None) is was_agreed
    assert was_agreed or await state_of(sent.id) == "approved"


async def _nothing_left(person: Actor) -> None:
    """He may name others again."""
    assert await db.fetch_value("SELECT state FROM financing_applications WHERE person_id = $1", person.id) == "open"
