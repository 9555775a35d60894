"""A bank that lets its time pass makes room for the next; the bureau is told, and it is no refusal."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from backend.access import Actor, Role
from backend.financing import applying, errors, messages, queries
from backend.financing.banks import desk as desk_of_bank
from backend.financing.banks import own_figures
from backend.financing.consent import consenting, reading
from backend.financing.models import Application, Referral
from backend.financing.outcomes import NOT_DRAWN, RUN_OUT
from backend.financing.referrals import overdue, overseeing, referring, routing
from backend.financing.referrals.offers import Offer
from backend.financing.referrals.overseeing import Wanted
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.runtime import Runtime
from tests.backend.cases.people import clerk
from tests.backend.financing.people import bank, opened, owner, product, referred, signing, state_of


async def _row(referral_id: object) -> Referral:
    return await Referral.get(id=referral_id)


async def test_what_is_not_accepted_in_two_working_days_goes_to_the_next(
    running: Runtime, clock: clock_module.Frozen
) -> None:
    mediator = await clerk(Role.SPECIALIST)
    banks = [await bank(f"{name}银行") for name in "甲乙丙丁"]
    versions = [await product(institution) for institution, _, _ in banks]
    person, _ = await owner(running)
    application = await opened(person)
    sent = [await consenting.sign(application.id, signing(one), actor=person) for one in versions]
    await referring.accept(sent[1].id, actor=banks[1][2], version=sent[1].version)
    await referring.accept(sent[2].id, actor=banks[2][2], version=sent[2].version)
    assert sent[0].accept_by
    clock.set(sent[0].accept_by - timedelta(seconds=1))
    assert await overdue.sweep() == 0
    clock.advance(timedelta(seconds=1))
    assert await overdue.sweep() == 1
    assert await overdue.sweep() == 0
    assert [await state_of(one.id) for one in sent] == ["unknown", "accepted", "accepted", "routed"]
    with pytest.raises(errors.NotRouted):
        await reading.read(sent[0].id, actor=banks[0][2])
    told = await db.fetch("SELECT kind, body FROM staff_notices WHERE staff_id = $1", mediator.id)
    assert [row["kind"] for row in told] == ["referral_overdue"]
    assert "甲银行未在期限内受理" in told[0]["body"]
    sql = "SELECT count(*) FROM inbox WHERE person_id = $1 AND kind = 'financing_moved'"
    assert await db.fetch_value(sql, person.id) == 3
    late = await _row(sent[0].id)
    with pytest.raises(errors.NoPlace):
        await referring.accept(late.id, actor=banks[0][2], version=late.version)


async def test_what_is_not_decided_in_ten_working_days_is_unknown_and_may_come_back(
    running: Runtime, clock: clock_module.Frozen
) -> None:
    institution, _, desk = await bank()
    person, _ = await owner(running)
    sent = await referred(person, await product(institution))
    taken = await referring.accept(sent.id, actor=desk, version=sent.version)
    assert taken.decide_by
    clock.set(taken.decide_by)
    assert await overdue.sweep() == 1
    assert (await queries.detail(person, sent.application_id))["state"] == "open"
    late = await _row(sent.id)
    again = await referring.accept(late.id, actor=desk, version=late.version)
    assert again.decide_by
    assert again.decide_by > taken.decide_by
    await reading.read(sent.id, actor=desk)
    assert (await queries.detail(person, sent.application_id))["state"] == "chosen"
    await applying.withdraw(sent.application_id, "", actor=person)


async def test_nobody_comes_back_to_what_is_over(running: Runtime, clock: clock_module.Frozen) -> None:
    institution, _, desk = await bank()
    person, _ = await owner(running)
    sent = await referred(person, await product(institution), expires_on=clock_module.today() + timedelta(days=85))
    clock.advance(timedelta(days=61))
    await overdue.sweep()
    assert await applying.expire() == 1
    late = await _row(sent.id)
    with pytest.raises(errors.ConsentRevoked):  # it ended with what it was given for
        await referring.accept(late.id, actor=desk, version=late.version)


async def test_a_consent_that_runs_out_frees_its_place(running: Runtime, clock: clock_module.Frozen) -> None:
    institution, _, desk = await bank()
    person, _ = await owner(running)
    sent = await referred(person, await product(institution), expires_on=clock_module.today())
    await referring.accept(sent.id, actor=desk, version=sent.version)
    clock.advance(timedelta(days=1))
    assert await overdue.sweep() == 1
    assert (await _row(sent.id)).end_reason == RUN_OUT


async def test_accepting_at_the_last_moment_races_the_clock(running: Runtime, clock: clock_module.Frozen) -> None:
    institution, _, desk = await bank()
    person, _ = await owner(running)
    sent = await referred(person, await product(institution))
    assert sent.accept_by
    clock.set(sent.accept_by)
    results = await asyncio.gather(
        referring.accept(sent.id, actor=desk, version=sent.version), overdue.sweep(), return_exceptions=True
    )
    is_accepted = isinstance(results[0], Referral)
    assert results[1] == (0 if is_accepted else 1)
    assert await state_of(sent.id) == ("accepted" if is_accepted else "unknown")


async def test_what_was_offered_and_never_drawn_is_unknown_by_the_published_day(
    running: Runtime, clock: clock_module.Frozen
) -> None:
    mediator = await clerk(Role.SPECIALIST)
    institution, _, desk = await bank()
    person, _ = await owner(running)
    until = clock_module.today() + timedelta(days=90)
    sent = await referred(person, await product(institution), expires_on=until)
    taken = await referring.accept(sent.id, actor=desk, version=sent.version)
    terms = Offer(Decimal(50), 12, "interest_first", "credit", until, Decimal("3.85"))
    offered = await referring.offer(sent.id, terms, actor=desk, version=taken.version)
    assert offered.draw_by == clock_module.now() + timedelta(days=60)
    told = (await queries.detail(person, sent.application_id))["referrals"][0]
    assert f"{offered.draw_by:%Y-%m-%d}"[:7] in told["sentence"]
    clock.set(offered.draw_by - timedelta(seconds=1))
    assert await overdue.sweep() == 0
    clock.advance(timedelta(seconds=1))
    assert await overdue.sweep() == 1
    ended = await _row(sent.id)
    assert (ended.state.value, ended.end_reason) == ("unknown", NOT_DRAWN)
    assert (await queries.detail(person, sent.application_id))["state"] == "open"
    sql = "SELECT body FROM staff_notices WHERE staff_id = $1"
    assert NOT_DRAWN in await db.fetch_value(sql, mediator.id)
    told = (await queries.detail(person, sent.application_id))["referrals"][0]
    assert (told["state_word"], told["sentence"][:6]) == ("授信后未登记放款", "银行曾同意授")
    inbox = await db.fetch_value("SELECT string_agg(body, '') FROM inbox WHERE person_id = $1", person.id)
    of_bank = await desk_of_bank.referral(desk, sent.id)
    listed = await overseeing.listed(mediator, Wanted(attention="not_drawn"), cursor=None, limit=9)
    assert [one["state_word"] for one in listed["items"]] == ["授信后未登记放款"]
    assert (await overseeing.listed(mediator, Wanted(attention="lapsed"), cursor=None, limit=9))["items"] == []
    own = (await own_figures.figures(desk, None, None))["states"]
    assert {one["state"]: one["count"] for one in own if one["count"]} == {"not_drawn": 1}
    assert "未登记放款" in inbox
    assert "未响应" not in inbox + of_bank["sentence"] + of_bank["state_word"]
    with pytest.raises(errors.NotRouted):
        await reading.read(sent.id, actor=desk)
    taken = await referring.accept(sent.id, actor=desk, version=ended.version)
    with pytest.raises(errors.ContentWrong):  # the offer holds for another month, whatever lapsed
        await referring.offer(sent.id, replace(terms, rate_percent=Decimal("9.9")), actor=desk, version=taken.version)


async def test_a_need_that_fails_to_end_holds_no_other(
    running: Runtime, clock: clock_module.Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = [await opened((await owner(running, number))[0]) for number in (1, 2)]
    clock.advance(timedelta(days=61))
    tell = messages.expired

    async def failing(application: Application) -> None:
        if application.id == first.id:
            raise RuntimeError("no message for this one")
        await tell(application)

    monkeypatch.setattr(messages, "expired", failing)
    assert await applying.expire() == 1
    assert [(await Application.get(id=one.id)).state for one in (first, second)] == ["open", "expired"]


async def test_what_fails_to_be_sent_on_holds_no_other(running: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    institution, _, _ = await bank()
    version = await product(institution)
    sent = []
    for number in (1, 2):
        person, _ = await owner(running, number)
        application = await opened(person)
        monkeypatch.setattr(routing, "places", _none)
        sent.append(await consenting.sign(application.id, signing(version), actor=person))
        monkeypatch.undo()
    route = routing.route

    async def failing(application: Application, actor: Actor) -> int:
        if application.id == sent[0].application_id:
            raise RuntimeError("not this one")
        return await route(application, actor)

    monkeypatch.setattr(routing, "route", failing)
    assert await routing.sweep() == 1
    assert [await state_of(one.id) for one in sent] == ["consented", "routed"]


async def _none(_: Application) -> int:
    return 0
