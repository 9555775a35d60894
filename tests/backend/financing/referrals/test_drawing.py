"""A bank's word alone draws nothing: the owner confirms or contests it, or lets his days pass; then it counts."""

import asyncio
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from asyncpg import CheckViolationError

from backend.access import Actor, Role
from backend.financing import applying, ceasing, errors, messages, queries
from backend.financing.banks import desk as desk_of_bank
from backend.financing.banks import institutions, own_figures
from backend.financing.consent import consenting, reading
from backend.financing.costs.flows import months_later
from backend.financing.models import Application, Referral
from backend.financing.referrals import drawing, offers, overseeing, referring, releasing, renewing
from backend.financing.referrals.drawing import Drawing
from backend.financing.referrals.overseeing import Wanted
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.errors import WuweiError
from backend.runtime import Runtime
from tests.backend.cases.people import clerk
from tests.backend.financing.people import MANAGER, bank, drawn, opened, owner, partner, product, signing, state_of
from tests.backend.financing.referrals.test_referring import terms
from tests.factories.people import add_binding, add_person

_PROVING = "state = 'read_only', prove_by = now()"
Offered = tuple[Actor, list[Actor], list[Referral]]


async def _offered(running: Runtime, banks: int = 2) -> Offered:
    """An owner, and banks that each offer him a loan."""
    made = [await bank(f"{name}银行") for name in "甲乙丙"[:banks]]
    person, _ = await owner(running)
    versions = [await product(institution) for institution, _, _ in made]
    application = await opened(person)
    desks, offers = [desk for _, _, desk in made], []
    for version, desk in zip(versions, desks, strict=True):
        sent = await consenting.sign(application.id, signing(version), actor=person)
        taken = await referring.accept(sent.id, actor=desk, version=sent.version)
        offers.append(await referring.offer(sent.id, terms(), actor=desk, version=taken.version))
    return person, desks, offers


def _paid(wan: str = "50") -> Drawing:
    today = clock_module.today()
    return Drawing(today, Decimal(wan), today + timedelta(days=365))


async def _note(offered: Referral, desk: Actor) -> Referral:
    return await drawing.note(offered.id, _paid(), actor=desk, version=offered.version)


async def _need(one: Referral) -> str:
    return str((await Application.get(id=one.application_id)).state)


async def _told(staff: Actor) -> list[str]:
    rows = await db.fetch("SELECT kind, body FROM staff_notices WHERE staff_id = $1 ORDER BY id", staff.id)
    return [f"{row['kind']} {row['body']}" for row in rows]


async def test_what_one_bank_notes_touches_nothing_before_its_owner_says_so(running: Runtime) -> None:
    person, desks, (first, second) = await _offered(running)
    noted = await _note(first, desks[0])
    assert await _need(first) == "chosen"
    await reading.read(second.id, actor=desks[1])
    beside = (await offers.compared(first.application_id, actor=person))["items"]
    assert [one["is_valid"] for one in beside] == [True, True]
    assert (await own_figures.figures(desks[0], None, None))["drawn_wan"] == "0"
    body = await db.fetch_value("SELECT body FROM inbox WHERE person_id = $1 ORDER BY id DESC LIMIT 1", person.id)
    assert "待确认放款" in body
    assert "逾期未否认计为已放款" in body
    with pytest.raises(errors.NotDrawn):
        await renewing.begin(first.id, actor=person)
    with pytest.raises(errors.NotInHand, match="放款待企业确认"):
        await referring.offer(first.id, terms("3"), actor=desks[0], version=noted.version)
    with pytest.raises(errors.DrawingPending):
        await applying.withdraw(first.application_id, "", actor=person)
    stranger, _ = await owner(running, 2)
    with pytest.raises(errors.ReferralUnknown):
        await drawing.confirm(first.id, actor=stranger, version=noted.version)
    await drawing.confirm(first.id, actor=person, version=noted.version)
    assert (await _need(first), await state_of(first.id), await state_of(second.id)) == ("closed", "drawn", "given_up")
    with pytest.raises(errors.ConsentRevoked):
        await reading.read(second.id, actor=desks[1])
    assert (await own_figures.figures(desks[0], None, None))["drawn_wan"] == "50"
    assert next(one for one in await _told(desks[0]) if "企业已确认" in one).startswith("referral_drawn")


async def test_what_its_owner_contests_is_an_offer_again_and_both_hear_of_it(
    running: Runtime, clock: clock_module.Frozen
) -> None:
    mediator = await clerk(Role.SPECIALIST)
    person, desks, (first, second) = await _offered(running)
    noted = await _note(first, desks[0])
    clock.advance(timedelta(days=2))
    back = await drawing.contest(first.id, "没有收到这笔钱", actor=person, version=noted.version)
    assert (back.state, back.drawn_wan, back.confirm_by) == ("approved", None, None)
    assert first.draw_by
    assert back.draw_by == first.draw_by + timedelta(days=2)
    assert [one.split()[0] for one in await _told(desks[0])][-1] == "referral_contested"
    assert "甲银行" in (await _told(mediator))[-1]
    listed = await overseeing.listed(mediator, Wanted(attention="contested"), cursor=None, limit=9)
    assert [one["id"] for one in listed["items"]] == [first.id]
    seen = await desk_of_bank.referral(desks[0], first.id)
    assert (seen["events"][-1]["kind"], seen["events"][-1]["body"]) == ("drawing_contested", "没有收到这笔钱")
    assert "否认过" in seen["sentence"]
    await reading.read(second.id, actor=desks[1])
    with pytest.raises(errors.NoDrawing):
        await drawing.confirm(first.id, actor=person, version=back.version)
    await drawn(back, desks[0], person)
    assert await _need(first) == "closed"


async def test_silence_counts_after_the_published_days_and_not_before(
    running: Runtime, clock: clock_module.Frozen
) -> None:
    person, desks, (first,) = await _offered(running, 1)
    noted = await _note(first, desks[0])
    assert noted.confirm_by
    assert noted.confirm_by.astimezone(clock_module.SHANGHAI).date() == date(2026, 11, 30)
    clock.set(noted.confirm_by - timedelta(seconds=1))
    assert await drawing.sweep() == 0
    clock.advance(timedelta(seconds=1))
    assert (await drawing.sweep(), await drawing.sweep()) == (1, 0)
    assert (await _need(first), await state_of(first.id)) == ("closed", "drawn")
    assert ["没有否认" in one for one in await _told(desks[0]) if one.startswith("referral_drawn")] == [True]
    body = await db.fetch_value("SELECT body FROM inbox WHERE person_id = $1 ORDER BY id DESC LIMIT 1", person.id)
    assert "已放款" in body


async def test_behind_a_contest_silence_counts_for_nothing(running: Runtime, clock: clock_module.Frozen) -> None:
    mediator = await clerk(Role.SPECIALIST)
    person, desks, (first,) = await _offered(running, 1)
    noted = await _note(first, desks[0])
    back = await drawing.contest(first.id, "没有收到", actor=person, version=noted.version)
    again = await _note(back, desks[0])
    body = await db.fetch_value("SELECT body FROM inbox WHERE person_id = $1 ORDER BY id DESC LIMIT 1", person.id)
    assert "须您确认才计为已放款" in body
    (his,) = (await queries.detail(person, first.application_id))["referrals"]
    assert "2026-11-30 17:30前没有确认的不计为已放款" in his["sentence"]
    assert "须企业确认" in (await desk_of_bank.referral(desks[0], first.id))["sentence"]
    clock.advance(timedelta(days=8))
    assert (await drawing.sweep(), await drawing.sweep()) == (1, 0)
    assert (await state_of(first.id), await _need(first)) == ("approved", "chosen")
    assert "没有确认" in (await _told(mediator))[-1]
    assert (await _told(desks[0]))[-1].startswith("referral_unconfirmed")
    assert (await Referral.get(id=first.id)).contested_at == back.contested_at
    with pytest.raises(errors.ReferralChanged):
        await drawing.confirm(first.id, actor=person, version=again.version)


async def test_of_two_banks_that_noted_it_the_owner_says_which_and_the_bureau_hears_of_the_other(
    running: Runtime,
) -> None:
    mediator = await clerk(Role.SPECIALIST)
    person, desks, (first, second) = await _offered(running)
    noted = [await _note(one, desk) for one, desk in zip((first, second), desks, strict=True)]
    await drawing.confirm(second.id, actor=person, version=noted[1].version)
    assert (await state_of(first.id), await state_of(second.id)) == ("given_up", "drawn")
    assert "甲银行" in (await _told(mediator))[-1]
    seen = await desk_of_bank.referral(desks[0], first.id)
    assert (seen["events"][-1]["kind"], seen["events"][-1]["by"]) == ("drawing_dropped", "system")
    told = repr(await _told(desks[0])) + repr(seen)
    assert "本次融资需求已结束" in told
    assert "其他机构" not in told
    assert "乙银行" not in told


async def test_of_two_banks_the_first_counts_where_its_owner_is_silent(
    running: Runtime, clock: clock_module.Frozen
) -> None:
    _, desks, (first, second) = await _offered(running)
    await _note(second, desks[1])
    clock.advance(timedelta(minutes=5))
    await _note(first, desks[0])
    clock.advance(timedelta(days=14))
    assert await drawing.sweep() == 1
    assert (await state_of(first.id), await state_of(second.id)) == ("given_up", "drawn")


@pytest.mark.parametrize("has_other", [True, False])
async def test_what_is_contested_behind_a_closed_desk_goes_on_at_once(running: Runtime, has_other: bool) -> None:
    """To another desk of the bank, or to the next bank: the owner does not wait for the clock."""
    person, desks, (first, second) = await _offered(running)
    noted = await _note(first, desks[0])
    if has_other:
        other = await partner(await institutions.open_desk(first.institution_id, "城区支行", [], actor=MANAGER))
    await releasing.close_desk(first.desk_id, actor=MANAGER)
    assert await state_of(first.id) == "drawing"
    back = await drawing.contest(first.id, "没有收到", actor=person, version=noted.version)
    assert (back.state, await state_of(second.id)) == ("approved" if has_other else "unknown", "approved")
    assert await releasing.sweep() == 0
    if has_other:
        assert [one.split()[0] for one in await _told(other)] == ["referral_handed_over", "referral_contested"]
    else:
        (his, _) = (await queries.detail(person, first.application_id))["referrals"]
        assert his["state_word"] == "机构停止对接"


async def test_who_took_another_s_loan_reads_that_and_not_that_he_gave_up(running: Runtime) -> None:
    person, desks, (first, _) = await _offered(running)
    await drawn(first, desks[0], person)
    told = await queries.detail(person, first.application_id)
    his = told["referrals"][1]
    assert (his["state"], his["state_word"]) == ("given_up", "已选择其他机构放款")
    assert "放弃" not in his["sentence"]
    assert [(one["is_live"], one["ended_with_need"]) for one in told["consents"]] == [(True, False), (False, True)]
    assert [one["word"] for one in told["events"] if one["kind"] == "consent_ended"] == ["授权终止"]


async def test_a_consent_that_ends_leaves_the_drawing_to_its_owner(running: Runtime) -> None:
    person, desks, (first,) = await _offered(running, 1)
    noted = await _note(first, desks[0])
    await consenting.revoke(first.consent_id, "", actor=person)
    assert await state_of(first.id) == "drawing"
    with pytest.raises(errors.ConsentRevoked):
        await reading.read(first.id, actor=desks[0])
    await drawing.contest(first.id, "没有收到", actor=person, version=noted.version)
    assert (await state_of(first.id), await _need(first)) == ("given_up", "open")
    (his,) = (await queries.detail(person, first.application_id))["referrals"]
    assert (his["state_word"], "放弃" in his["sentence"]) == ("登记的放款未获确认", False)
    body = await db.fetch_value("SELECT body FROM staff_notices WHERE kind = 'referral_given_up'")
    assert "企业已撤回授权" in body


async def test_a_loan_of_an_enterprise_that_closed_still_counts(running: Runtime, clock: clock_module.Frozen) -> None:
    _, desks, (first,) = await _offered(running, 1)
    await _note(first, desks[0])
    place = (await Application.get(id=first.application_id)).enterprise_id
    async with db.transaction():
        await ceasing.enterprises_closed([place])
    assert (await _need(first), await state_of(first.id)) == ("closed", "drawing")
    clock.advance(timedelta(days=14))
    assert await drawing.sweep() == 1
    assert await state_of(first.id) == "drawn"


async def test_a_bank_that_notes_again_what_was_denied_keeps_nobody_from_withdrawing(
    running: Runtime, clock: clock_module.Frozen
) -> None:
    person, desks, (first,) = await _offered(running, 1)
    noted = await _note(first, desks[0])
    back = await drawing.contest(first.id, "没有收到", actor=person, version=noted.version)
    again = await _note(back, desks[0])
    assert again.confirm_by
    await applying.withdraw(first.application_id, "", actor=person)
    assert await state_of(first.id) == "drawing"
    clock.set(again.confirm_by)
    assert await drawing.sweep() == 1
    assert (await _need(first), await state_of(first.id)) == ("withdrawn", "given_up")


@pytest.mark.parametrize("gone", ["state = 'ended', ended_at = now()", "until = now()", _PROVING, "created_at = $1"])
async def test_silence_of_those_who_could_not_answer_counts_for_nothing(
    running: Runtime, clock: clock_module.Frozen, gone: str
) -> None:
    mediator = await clerk(Role.SPECIALIST)
    _, desks, (first,) = await _offered(running, 1)
    noted = await _note(first, desks[0])
    assert noted.confirm_by
    clock.set(noted.confirm_by)
    await db.execute(f"UPDATE bindings SET {gone.replace('now()', '$1')}", clock_module.now())
    assert (await drawing.sweep(), await drawing.sweep()) == (1, 0)
    now = await Referral.get(id=first.id)
    assert (now.state, now.drawn_wan, now.contested_at) == ("approved", None, None)
    assert (await _told(desks[0]))[-1].startswith("referral_unconfirmed")
    assert "没有可以确认或否认的人员" in (await _told(mediator))[-1]


async def test_whoever_acts_for_the_enterprise_is_asked_and_may_answer_and_nobody_else(running: Runtime) -> None:
    person, desks, (first,) = await _offered(running, 1)
    place = (await Application.get(id=first.application_id)).enterprise_id
    people = [await add_person(running, f"137057200{number:02d}") for number in range(3)]
    until = clock_module.now() + timedelta(days=30)
    await add_binding(people[0], place, "manager")
    await add_binding(people[1], place, "clerk", scope=["financing"], until=until)
    await add_binding(people[2], place, "clerk", scope=["cases"], until=until)
    noted = await _note(first, desks[0])
    told = await db.fetch("SELECT person_id, body FROM inbox WHERE body LIKE '%待确认放款%'")
    assert {row["person_id"] for row in told} == {person.id, people[0].id, people[1].id}
    with pytest.raises(errors.ReferralUnknown):
        await drawing.contest(first.id, "没有", actor=people[2], version=noted.version)
    await drawing.contest(first.id, "没有", actor=people[1], version=noted.version)
    told = await db.fetch(
        "SELECT person_id FROM inbox WHERE body LIKE '%已授信%'"
    )  # his offer, and that it is one again
    assert Counter(row["person_id"] for row in told) == {person.id: 2, people[0].id: 1}


async def _one_of(*acts: Any) -> list[bool]:
    results = await asyncio.gather(*acts, return_exceptions=True)
    for one in results:
        if isinstance(one, BaseException) and not isinstance(one, WuweiError):
            raise one
    return [not isinstance(one, BaseException) for one in results]


@pytest.mark.parametrize("turn", range(3))
async def test_confirming_contesting_the_clock_and_another_bank_at_once_end_as_one_of_them(
    running: Runtime, clock: clock_module.Frozen, turn: int
) -> None:
    person, desks, (first, second) = await _offered(running)
    noted = await _note(first, desks[0])
    assert noted.confirm_by
    clock.set(noted.confirm_by)
    acts = [
        drawing.confirm(first.id, actor=person, version=noted.version),
        drawing.contest(first.id, "没有", actor=person, version=noted.version),
        drawing.sweep(),
        _note(second, desks[1]),
    ]
    acts = acts[turn:] + acts[:turn]
    went = await _one_of(*acts)
    went = went[-turn:] + went[:-turn] if turn else went
    is_confirmed, is_contested, _, is_noted = went
    ends = (await _need(first), await state_of(first.id), await state_of(second.id))
    if is_contested:
        assert not is_confirmed
        assert ends == ("chosen", "approved", "drawing")
    else:
        assert ends == ("closed", "drawn", "given_up")
    counted = await db.fetch_value("SELECT count(*) FROM financing_events WHERE kind = 'drawn'")
    assert counted == (0 if is_contested else 1)
    assert is_noted or not is_contested


async def test_a_drawing_that_fails_to_count_holds_no_other(
    running: Runtime, clock: clock_module.Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, desks, (first,) = await _offered(running, 1)
    await _note(first, desks[0])
    clock.advance(timedelta(days=14))

    async def failing(*_: Any) -> None:
        raise RuntimeError("not this time")

    monkeypatch.setattr(messages, "drawing", failing)
    assert await drawing.sweep() == 0
    assert await state_of(first.id) == "drawing"
    monkeypatch.undo()
    assert await drawing.sweep() == 1


async def test_processes_of_two_versions_side_by_side_do_no_harm(running: Runtime) -> None:
    """An older one can't count at once what waits for its owner; what a newer one wrote is read all the same."""
    person, _, (first,) = await _offered(running, 1)
    at_once = """
    UPDATE financing_referrals SET state = 'drawn', drawn_on = $2, drawn_wan = 50, due_on = $2, ended_at = now()
    WHERE id = $1
    """
    with pytest.raises(CheckViolationError):
        await db.execute(at_once, first.id, clock_module.today())
    await db.execute("UPDATE financing_events SET kind = 'of_tomorrow' WHERE kind = 'approved'")
    assert (await queries.detail(person, first.application_id))["events"][-1]["word"] == "有新的进展"


async def test_what_was_never_offered_nor_on_the_way_yet_was_not_drawn(running: Runtime) -> None:
    _, desks, (good,) = await _offered(running, 1)
    today = clock_module.today()
    with pytest.raises(errors.DrawingWrong) as refusal:
        paid = Drawing(today - timedelta(days=1), Decimal("50.0001"), today + timedelta(days=300))
        await drawing.note(good.id, paid, actor=desks[0], version=good.version)
    assert [one.path for one in refusal.value.fields] == ["drawn_on", "drawn_wan"]
    latest = months_later(today, 12) + timedelta(days=31)
    with pytest.raises(errors.DrawingWrong) as refusal:
        late = Drawing(today, Decimal(50), latest + timedelta(days=1))
        await drawing.note(good.id, late, actor=desks[0], version=good.version)
    assert [(one.path, str(latest) in one.sentence) for one in refusal.value.fields] == [("due_on", True)]
    await drawing.note(good.id, Drawing(today, Decimal(50), latest), actor=desks[0], version=good.version)


async def test_a_bank_is_not_told_that_another_was_quicker(running: Runtime) -> None:
    person, desks, (quick, slow) = await _offered(running)
    await drawn(quick, desks[0], person)
    told = repr(await _told(desks[1])) + repr(await desk_of_bank.referral(desks[1], slow.id))
    assert "本次融资需求已结束" in told
    assert "其他机构" not in told
    assert "甲银行" not in told
    words = [one["kind"] for one in (await queries.detail(person, quick.application_id))["events"]]
    assert words.count("drawn") == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"drawn_wan": Decimal(0)},
        {"drawn_on": date(2099, 1, 1), "due_on": date(2100, 1, 1)},
        {"due_on": date(2020, 1, 1)},
    ],
)
def test_wrong_drawings_are_named(wrong: dict[str, Any]) -> None:
    right = {"drawn_on": date(2026, 11, 20), "drawn_wan": Decimal(5), "due_on": date(2027, 11, 20)}
    with pytest.raises(errors.DrawingWrong) as refusal:
        Drawing(**{**right, **wrong}).check()
    assert len(refusal.value.fields) == 1
