"""Papers to the five standards: their owner's, opened by a bank under a consent that names them, and closed with it."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from backend import files
from backend.access import Actor
from backend.files.errors import WrongKind
from backend.financing import applying, errors, evidence, queries
from backend.financing.consent import consenting, proof, reading
from backend.financing.models import Application, Referral
from backend.financing.referrals import referring, renewing
from backend.financing.referrals.offers import Offer
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.errors import NotFound
from backend.runtime import Runtime
from tests.backend.financing.people import ALL_KINDS, asked, bank, drawn, opened, owner, product, signing
from tests.backend.questions.askers import picture
from tests.support.sizes import scaled

WITH_PAPERS = (*ALL_KINDS, "evidence")
_LOAN = (Decimal(50), 12, "interest_first", "credit")
_RATE = Decimal("3.85")


async def paper(person: Actor, application_id: UUID, standard: str = "operating") -> UUID:
    """A picture that its owner has laid beside a standard."""
    file = await files.store(person, evidence.PURPOSE, "执照.png", picture())
    return await evidence.add(application_id, standard, file.id, actor=person)


async def _sent(person: Actor, version: UUID, *kinds: str) -> tuple[Application, Referral, UUID]:
    application = await opened(person)
    shown = await paper(person, application.id)
    return application, await consenting.sign(application.id, signing(version, *kinds), actor=person), shown


async def test_a_bank_opens_them_under_a_consent_that_names_them_and_each_look_is_logged(running: Runtime) -> None:
    institution, _, desk = await bank()
    person, _ = await owner(running)
    application, sent, shown = await _sent(person, await product(institution), *WITH_PAPERS)
    read = await reading.read(sent.id, actor=desk)
    assert [(one["id"], one["title"], one["name"]) for one in read["evidence"]] == [(shown, "合规持续经营", "执照.png")]
    assert "file_id" not in read["evidence"][0]
    file = await reading.open_paper(sent.id, shown, actor=desk, read_from="10.0.0.8")
    assert b"".join([piece async for piece in files.read(file)])[:4] == b"\x89PNG"
    told = (await queries.reads(person, application.id, cursor=None, limit=9))["items"]
    assert [(one["paper"], one["titles"][-1]) for one in told] == [("执照.png", "证明材料"), (None, "证明材料")]
    (own,) = (await queries.detail(person, application.id))["evidence"]
    assert own["link"]
    await consenting.revoke(sent.consent_id, "", actor=person)
    made = (await proof.export(sent.consent_id, actor=person))["payload"]
    assert [one["paper_sha256"] for one in made["reads"]] == [None, file.sha256.hex()]


async def test_without_that_kind_they_are_neither_listed_nor_opened(running: Runtime) -> None:
    institution, _, desk = await bank()
    _, _, rival = await bank("乙银行")
    person, _ = await owner(running)
    _, sent, shown = await _sent(person, await product(institution))
    assert (await reading.read(sent.id, actor=desk))["evidence"] == []
    with pytest.raises(errors.NotConsented):
        await reading.open_paper(sent.id, shown, actor=desk)
    with pytest.raises(errors.ReferralUnknown):
        await reading.open_paper(sent.id, shown, actor=rival)
    assert await db.fetch_value("SELECT count(*) FROM financing_reads WHERE evidence_id IS NOT NULL") == 0


async def test_another_need_s_papers_are_unknown(running: Runtime) -> None:
    institution, _, desk = await bank()
    version = await product(institution)
    person, _ = await owner(running)
    other, _ = await owner(running, 2)
    _, sent, _ = await _sent(person, version, *WITH_PAPERS)
    _, _, foreign = await _sent(other, version, *WITH_PAPERS)
    with pytest.raises(errors.EvidenceUnknown):
        await reading.open_paper(sent.id, foreign, actor=desk)


async def test_revoked_or_removed_they_are_closed_at_once(running: Runtime) -> None:
    institution, _, desk = await bank()
    person, _ = await owner(running)
    application, sent, shown = await _sent(person, await product(institution), *WITH_PAPERS)
    second = await paper(person, application.id, "need")
    await evidence.remove(application.id, second, actor=person)
    with pytest.raises(errors.EvidenceUnknown):
        await reading.open_paper(sent.id, second, actor=desk)
    gone: UUID = await db.fetch_value("SELECT file_id FROM financing_evidence WHERE id = $1", second)
    with pytest.raises(NotFound):
        await files.get(person, gone)
    await consenting.revoke(sent.consent_id, "", actor=person)
    with pytest.raises(errors.ConsentRevoked):
        await reading.open_paper(sent.id, shown, actor=desk)


async def test_only_one_s_own_uploads_of_that_use_and_each_once(running: Runtime) -> None:
    person, _ = await owner(running)
    stranger, _ = await owner(running, 2)
    application = await applying.draft(asked(), actor=person)
    foreign = await files.store(stranger, evidence.PURPOSE, "a.png", picture())
    elsewhere = await files.store(person, "attachment", "a.png", picture())
    own = await files.store(person, evidence.PURPOSE, "a.png", picture())
    for wrong in (foreign, elsewhere):
        with pytest.raises(errors.EvidenceUnknown):
            await evidence.add(application.id, "need", wrong.id, actor=person)
    with pytest.raises(errors.ApplicationUnknown):
        await evidence.add(application.id, "need", foreign.id, actor=stranger)
    with pytest.raises(errors.ContentWrong):
        await evidence.add(application.id, "luck", own.id, actor=person)
    with pytest.raises(WrongKind):
        await files.store(person, evidence.PURPOSE, "a.docx", b"no picture")
    twice: list[Any] = await asyncio.gather(
        *(evidence.add(application.id, "need", own.id, actor=person) for _ in range(2)), return_exceptions=True
    )
    assert sum(isinstance(one, errors.EvidenceUnknown) for one in twice) == 1


async def test_there_is_a_limit_to_them_and_an_end(running: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "MOST", 1)
    person, _ = await owner(running)
    application = await opened(person)
    shown = await paper(person, application.id)
    with pytest.raises(errors.TooMuchEvidence):
        await paper(person, application.id)
    await applying.withdraw(application.id, "", actor=person)
    with pytest.raises(errors.ApplicationOver):
        await paper(person, application.id)
    await evidence.remove(application.id, shown, actor=person)


async def test_they_go_some_time_after_the_need_and_what_was_never_used_after_a_day(
    running: Runtime, clock: clock_module.Frozen
) -> None:
    person, _ = await owner(running)
    application = await opened(person)
    await paper(person, application.id)
    await files.store(person, evidence.PURPOSE, "未用.png", picture())
    assert await evidence.sweep() == 0
    await applying.withdraw(application.id, "", actor=person)
    clock.advance(timedelta(days=2))
    assert await evidence.sweep() == 1
    clock.advance(timedelta(days=90))
    assert await evidence.sweep() == 1
    assert (await queries.detail(person, application.id))["evidence"] == []


async def test_a_renewal_begins_with_them_and_keeps_them(running: Runtime, clock: clock_module.Frozen) -> None:
    institution, _, desk = await bank()
    person, _ = await owner(running)
    application, sent, _ = await _sent(person, await product(institution), *WITH_PAPERS)
    taken = await referring.accept(sent.id, actor=desk, version=sent.version)
    terms = Offer(*_LOAN, clock_module.today() + timedelta(days=9), _RATE)
    made = await referring.offer(sent.id, terms, actor=desk, version=taken.version)
    await drawn(made, desk, person)
    clock.advance(timedelta(days=200))
    assert await evidence.sweep() == 0
    renewal = await renewing.begin(sent.id, actor=person)
    (taken,) = (await queries.detail(person, renewal.id))["evidence"]
    clock.advance(timedelta(days=400))
    assert await evidence.sweep() == 0
    assert (await queries.detail(person, application.id))["evidence"] == []
    assert (await queries.detail(person, renewal.id))["evidence"][0]["id"] == taken["id"]


async def test_no_paper_is_opened_once_the_revocation_has_committed(running: Runtime) -> None:
    institution, _, desk = await bank()
    person, _ = await owner(running)
    _, sent, shown = await _sent(person, await product(institution), *WITH_PAPERS)
    revoked = asyncio.Event()

    async def look() -> bool:
        began_late = revoked.is_set()
        try:
            await reading.open_paper(sent.id, shown, actor=desk)
        except errors.ConsentRevoked:
            return False
        assert not began_late, "a paper was opened behind the revocation"
        return True

    async def revoke() -> None:
        await consenting.revoke(sent.consent_id, "撤回", actor=person)
        revoked.set()

    half = max(4, scaled(200) // 2)
    racers = [asyncio.create_task(look()) for _ in range(half)]
    ending = asyncio.create_task(revoke())
    racers += [asyncio.create_task(look()) for _ in range(half)]
    await ending
    racers += [asyncio.create_task(look()) for _ in range(3)]
    answered = sum(await asyncio.gather(*racers))
    assert await db.fetch_value("SELECT reads_before_revoke FROM financing_consents") == answered
    assert await db.fetch_value("SELECT count(*) FROM financing_reads") == answered
