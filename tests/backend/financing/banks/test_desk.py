"""A bank's desk reads its own referrals: what it may do, under which consent, and nothing of what others do."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from backend.access import Actor
from backend.financing import applying, errors, queries
from backend.financing.banks import desk as referrals
from backend.financing.banks import own_figures
from backend.financing.banks.desk import EXPIRED, GONE, OVER, REVOKED, Sought
from backend.financing.consent import consenting, reading
from backend.financing.models import Referral
from backend.financing.referrals import drawing, overdue, referring, second_look
from backend.financing.referrals.drawing import Drawing
from backend.financing.referrals.second_look import Answer
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.runtime import Runtime
from tests.backend.financing.people import bank, drawn, opened, owner, product, referred, signing
from tests.backend.financing.referrals.test_referring import REFUSAL, terms


async def _routed(running: Runtime) -> tuple[Actor, Actor, Referral]:
    institution, _, desk = await bank()
    person, _ = await owner(running)
    return person, desk, await referred(person, await product(institution))


async def _seen(desk: Actor, sent: Referral) -> dict[str, Any]:
    return await referrals.referral(desk, sent.id)


async def _may(desk: Actor, sent: Referral) -> list[str]:
    return list((await _seen(desk, sent))["may"])


@pytest.mark.usefixtures("clock")
async def test_what_may_be_done_follows_the_state(running: Runtime) -> None:
    person, desk, sent = await _routed(running)
    assert await _may(desk, sent) == ["read", "accept", "refuse"]
    sent = await referring.accept(sent.id, actor=desk, version=sent.version)
    assert await _may(desk, sent) == ["read", "contact", "investigate", "offer", "refuse", "give_up"]
    sent = await referring.offer(sent.id, terms(), actor=desk, version=sent.version)
    assert await _may(desk, sent) == ["read", "draw", "offer", "give_up"]
    paid = Drawing(clock_module.today(), Decimal(50), clock_module.today() + timedelta(days=365))
    sent = await drawing.note(sent.id, paid, actor=desk, version=sent.version)
    assert await _may(desk, sent) == ["read"]
    assert (await _seen(desk, sent))[
        "sentence"
    ] == "已登记放款，待企业确认；2026-11-30 17:30前企业没有否认的计为已放款。"
    sent = await drawing.confirm(sent.id, actor=person, version=sent.version)
    assert await _may(desk, sent) == []


async def test_a_second_look_is_answered_and_by_nothing_else_overturned(running: Runtime) -> None:
    person, desk, sent = await _routed(running)
    sent = await referring.refuse(sent.id, REFUSAL, actor=desk, version=sent.version)
    assert await _may(desk, sent) == []
    sent = await second_look.ask(sent.id, "已增加担保", actor=person)
    told = await _seen(desk, sent)
    assert told["may"] == ["read", "answer_again"]
    assert told["sentence"].startswith("企业要求二次对接")
    listed = await referrals.listed(desk, Sought(is_second_look=True), cursor=None, limit=9)
    assert [one["id"] for one in listed["items"]] == [sent.id]
    await second_look.answer(sent.id, Answer("担保仍不足"), actor=desk, version=sent.version)
    assert await _may(desk, sent) == []
    assert (await referrals.listed(desk, Sought(is_second_look=True), cursor=None, limit=9))["count"] == 0


async def test_the_names_of_the_fields_stand_there_and_what_they_hold_does_not(running: Runtime) -> None:
    _, desk, sent = await _routed(running)
    told = await _seen(desk, sent)
    assert {"field": "phone", "title": "联系电话", "is_separate": True} in told["consent"]["fields"]
    assert "张三" not in repr(told)
    assert "13905720001" not in repr(told)
    assert (told["read_count"], told["reads"]) == (0, [])
    await reading.read(sent.id, actor=desk)
    told = await _seen(desk, sent)
    assert (told["read_count"], [one["paper"] for one in told["reads"]]) == (1, [None])
    assert told["rests_on_unverified_lpr"] is False


async def test_after_a_revocation_the_owner_s_words_are_gone_and_nothing_can_be_done(running: Runtime) -> None:
    person, desk, sent = await _routed(running)
    sent = await referring.refuse(sent.id, REFUSAL, actor=desk, version=sent.version)
    await second_look.ask(sent.id, "我是织里老王", actor=person)
    assert "织里老王" in repr(await _seen(desk, sent))
    await consenting.revoke(sent.consent_id, "找了织里另一家银行", actor=person)
    told = await _seen(desk, sent)
    assert "织里" not in repr(told)
    assert (told["sentence"], told["may"], told["consent"]["ended"]) == (REVOKED, [], "revoked")
    assert told["second_look"]["words"] == GONE
    listed = await referrals.listed(desk, Sought(), cursor=None, limit=9)
    assert "织里" not in repr(listed)
    assert told["refusal_words"] == REFUSAL.words  # its own words are its own


async def test_an_expired_consent_is_told_and_shuts_too(running: Runtime, clock: clock_module.Frozen) -> None:
    _, desk, sent = await _routed(running)
    clock.advance(timedelta(days=31))
    told = await _seen(desk, sent)
    assert (told["sentence"], told["may"], told["consent"]["ended"]) == (EXPIRED, [], "expired")


async def test_nothing_tells_of_the_other_banks(running: Runtime, clock: clock_module.Frozen) -> None:
    """The fourth in line reads what it would read as the only one: neither its place, nor when its owner signed."""
    banks = [await bank(f"{name}银行") for name in "甲乙丙丁"]
    versions = [await product(institution) for institution, _, _ in banks]
    person, _ = await owner(running)
    made = await opened(person)
    sent = [await consenting.sign(made.id, signing(version), actor=person) for version in versions]
    last, desk = sent[3], banks[3][2]
    with pytest.raises(errors.ReferralUnknown):
        await referrals.referral(desk, last.id)
    clock.advance(timedelta(hours=1))
    first = await Referral.get(id=sent[0].id)
    await referring.refuse(first.id, REFUSAL, actor=banks[0][2], version=first.version)
    told = await _seen(desk, last)
    assert [(one["seq"], one["kind"], one["by"]) for one in told["events"]] == [(1, "routed", "system")]
    assert told["position"] is None
    assert not [name for name in ("甲", "乙", "丙") if f"{name}银行" in repr(told)]
    second = await Referral.get(id=sent[1].id)
    second = await referring.accept(second.id, actor=banks[1][2], version=second.version)
    second = await referring.offer(second.id, terms(), actor=banks[1][2], version=second.version)
    await drawn(second, banks[1][2], person)
    told = await _seen(desk, last)
    assert (told["end_reason"], told["sentence"]) == ("", OVER)
    newest = told["events"][-1]
    assert (newest["kind"], newest["by"], newest["body"]) == ("consent_ended", "system", "")


async def _told_at_its_end(running: Runtime, number: int, how: str) -> list[Any]:
    """All that a bank reads of a need that its owner withdrew, or that another bank settled."""
    banks = [await bank(f"{name}{number}银行") for name in ("甲", "乙")]
    versions = [await product(institution) for institution, _, _ in banks]
    person, _ = await owner(running, number)
    made = await opened(person)
    sent = [await consenting.sign(made.id, signing(version), actor=person) for version in versions]
    taken = [
        await referring.accept(one.id, actor=desk, version=one.version)
        for one, (_, _, desk) in zip(sent, banks, strict=True)
    ]
    if how == "drawn":
        offered = await referring.offer(taken[0].id, terms(), actor=banks[0][2], version=taken[0].version)
        await drawn(offered, banks[0][2], person)
    else:
        await applying.withdraw(made.id, "暂时不用了", actor=person)
    desk = banks[1][2]
    told = await _seen(desk, sent[1])
    (listed,) = (await referrals.listed(desk, Sought(), cursor=None, limit=9))["items"]
    notices = await db.fetch("SELECT kind, title FROM staff_notices WHERE staff_id = $1 ORDER BY id", desk.id)
    figures = await own_figures.figures(desk, None, None)
    counted = [(one["state"], one["word"]) for one in figures["states"] if one["count"]]
    shown = [(one["state_word"], one["sentence"], one["end_reason"]) for one in (told, listed)]
    events = [(one["kind"], one["word"], one["by"], one["body"]) for one in told["events"]]
    return [shown, events, [dict(row) for row in notices], counted, told["consent"]["ended"], told["may"]]


async def test_how_its_owner_s_need_ended_a_bank_cannot_tell(running: Runtime) -> None:
    withdrawn = await _told_at_its_end(running, 1, "withdrawn")
    assert withdrawn == await _told_at_its_end(running, 2, "drawn")
    assert withdrawn[0][0][:2] == ("需求已结束", OVER)
    assert (withdrawn[3], withdrawn[4]) == ([("given_up", "企业放弃、撤回授权或需求已结束")], "need_over")


async def test_a_consent_taken_back_is_told_as_that(running: Runtime) -> None:
    person, desk, sent = await _routed(running)
    await consenting.revoke(sent.consent_id, "利率太高", actor=person)
    told = await _seen(desk, sent)
    assert (told["consent"]["ended"], told["sentence"], told["events"][-1]["kind"]) == ("revoked", REVOKED, "revoked")
    assert "利率太高" not in repr(told)


async def test_own_editions_side_by_side_and_only_the_newest_holds(running: Runtime) -> None:
    _, desk, sent = await _routed(running)
    sent = await referring.accept(sent.id, actor=desk, version=sent.version)
    sent = await referring.offer(sent.id, terms("4.2"), actor=desk, version=sent.version)
    await referring.offer(sent.id, terms("3.85"), actor=desk, version=sent.version)
    told = (await _seen(desk, sent))["offers"]
    assert [(one["edition"], one["rate_percent"], one["is_valid"]) for one in told] == [
        (2, "3.85", True),
        (1, "4.2", False),
    ]


async def test_what_a_bank_offered_it_does_not_worsen_while_it_holds(
    running: Runtime, clock: clock_module.Frozen
) -> None:
    _, desk, sent = await _routed(running)
    sent = await referring.accept(sent.id, actor=desk, version=sent.version)
    sent = await referring.offer(sent.id, terms("3.85"), actor=desk, version=sent.version)
    with pytest.raises(errors.ContentWrong):
        await referring.offer(sent.id, terms("3.86"), actor=desk, version=sent.version)
    fee = {"kind": "guarantee", "basis": "percent_of_principal", "amount": "1", "when": "start"}
    with pytest.raises(errors.ContentWrong):
        await referring.offer(sent.id, terms("3.85", fees=(fee,)), actor=desk, version=sent.version)
    assert len((await _seen(desk, sent))["offers"]) == 1
    clock.advance(timedelta(days=11))  # its day is over
    await referring.offer(sent.id, terms("3.9"), actor=desk, version=sent.version)
    assert [one["edition"] for one in (await _seen(desk, sent))["offers"]] == [2, 1]


async def test_a_bank_notes_that_the_owner_gives_it_up_and_he_is_told(running: Runtime) -> None:
    person, desk, sent = await _routed(running)
    with pytest.raises(errors.NotInHand):
        await referring.give_up(sent.id, "电话告知", actor=desk, version=sent.version)
    sent = await referring.accept(sent.id, actor=desk, version=sent.version)
    with pytest.raises(errors.RefusalIncomplete):
        await referring.give_up(sent.id, " ", actor=desk, version=sent.version)
    await referring.give_up(sent.id, "电话告知暂不需要".ljust(1000, "。"), actor=desk, version=sent.version)
    (his,) = (await queries.detail(person, sent.application_id))["referrals"]
    assert (his["state"], his["state_word"]) == ("given_up", "银行登记企业放弃")
    assert "您已放弃或撤回" not in his["sentence"]
    shown = await _seen(desk, sent)
    assert (shown["state_word"], shown["sentence"]) == ("企业放弃", "企业已放弃，资料不能再查看。")
    with pytest.raises(errors.NotRouted):
        await reading.read(sent.id, actor=desk)
    assert await db.fetch_value("SELECT state FROM financing_applications") == "open"
    told = await db.fetch_value("SELECT count(*) FROM inbox WHERE person_id = $1", person.id)
    assert told == 2  # taken, and given up


async def test_a_desk_counts_its_own(running: Runtime, clock: clock_module.Frozen) -> None:
    institution, _, desk = await bank("甲银行")
    _, _, rival = await bank("乙银行")
    version = await product(institution)
    sent = [await referred((await owner(running, number))[0], version) for number in (1, 2, 3)]
    await referring.refuse(sent[0].id, REFUSAL, actor=desk, version=sent[0].version)
    clock.advance(timedelta(hours=2))
    await referring.accept(sent[1].id, actor=desk, version=sent[1].version)
    told = await own_figures.waiting(desk)
    assert {name: count for name, count in told["states"].items() if count} == {
        "routed": 1,
        "accepted": 1,
        "rejected": 1,
    }
    assert (told["due"], (await own_figures.waiting(rival))["states"]["routed"]) == (0, 0)
    clock.advance(timedelta(days=1))
    assert (await own_figures.waiting(desk))["due"] == 1
    figures = await own_figures.figures(desk, None, None)
    assert (figures["sent"], figures["refusals"]) == (
        3,
        [{"code": "collateral_short", "word": "抵质押不足", "count": 1}],
    )
    assert figures["accept_minutes"] is not None
    assert (await own_figures.figures(rival, None, None))["sent"] == 0
    with pytest.raises(errors.ContentWrong):
        await own_figures.figures(desk, clock_module.today(), clock_module.today() - timedelta(days=1))


async def test_who_comes_late_may_take_it_up_again_only_where_it_goes_on(
    running: Runtime, clock: clock_module.Frozen
) -> None:
    _, desk, sent = await _routed(running)
    clock.advance(timedelta(days=3))
    await overdue.sweep()
    assert await _may(desk, sent) == ["accept"]
    await db.execute("UPDATE financing_applications SET state = 'withdrawn', ended_at = now()")
    assert await _may(desk, sent) == []
