"""The owner's word on the minutes: his own, his silence once he was reached, and never for ever open; his rating."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.access import SYSTEM
from backend.cases.ending import rectifying
from backend.cases.ending.rating import Level, Rating
from backend.cases.errors import NeedsOther as CaseNeedsOther
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import WuweiError
from backend.visits import queries, sweeping
from backend.visits.afterwards import hearing, passes, rating, records, reporting
from backend.visits.afterwards import messages as later_messages
from backend.visits.afterwards.arriving import scan
from backend.visits.afterwards.errors import (
    AddedBefore,
    HasAccount,
    MinutesChanged,
    MinutesSettled,
    NoReport,
    NotRateable,
    NotRated,
    PartyUnknown,
    RatedBefore,
    ReachedBefore,
)
from backend.visits.afterwards.minutes import Finding, FindingKind
from backend.visits.bookings import changing, joining
from backend.visits.errors import NeedsOther, NothingContested, VisitUnknown
from backend.visits.expecting import expected
from backend.visits.models import Visit
from backend.visits.personal import erase, export
from backend.visits.states import VisitState
from tests.backend.cases.people import clerk, manager
from tests.backend.visits.after import arrived, minutes, promise, reported, without_account, words_of
from tests.backend.visits.people import NEXT, at, booked, confirmed, inbox, kinds, notices, owners, row, visitor

pytestmark = pytest.mark.usefixtures("running")


async def test_confirmed_it_is_closed_and_rated_in_one_step(clock: Frozen) -> None:
    _, person, _, made = await reported(clock)
    done = await hearing.confirm(made.id, None, actor=person, edition=1, rated=Rating(Level.GOOD, "很耐心"))
    assert (done.state, done.closed_by, done.ended_at) == (VisitState.CLOSED, "confirmed", clock.now())
    assert (await kinds(made.id))[-3:] == ["minutes_confirmed", "closed", "rated"]
    (word,) = (await records.report(person, made.id))["confirmations"]
    assert (word["state"], word["rating"]["level"], word["rating"]["level_word"]) == ("confirmed", 4, "满意")
    with pytest.raises(MinutesSettled):
        await hearing.confirm(made.id, None, actor=person, edition=1)
    clock.advance(timedelta(days=4))
    await hearing.sweep()
    assert "visit_rating_wanted" not in await inbox(person)


async def test_only_the_edition_that_was_read_is_confirmed(clock: Frozen) -> None:
    goes, person, _, made = await reported(clock)
    await reporting.amend(made.id, minutes(), "更正", actor=goes, version=made.version)
    for act in (
        hearing.confirm(made.id, None, actor=person, edition=1),
        hearing.object_to(made.id, None, "不对", actor=person, edition=1),
    ):
        with pytest.raises(MinutesChanged):
            await act
    assert (await hearing.confirm(made.id, None, actor=person, edition=2)).state is VisitState.CLOSED


async def test_nobody_speaks_for_a_stranger_or_before_there_is_anything(clock: Frozen) -> None:
    _, person, place, made = await arrived(clock)
    with pytest.raises(NoReport):
        await hearing.confirm(made.id, None, actor=person, edition=1)
    with pytest.raises(NotRateable):
        await rating.rate(made.id, None, Rating(Level.GOOD), actor=person)
    stranger, elsewhere = await owners(2)
    with pytest.raises(VisitUnknown):
        await hearing.confirm(made.id, place, actor=stranger, edition=1)
    with pytest.raises(PartyUnknown):
        await hearing.confirm(made.id, elsewhere, actor=person, edition=1)


async def test_silence_counts_only_from_when_he_had_them_before_him(clock: Frozen) -> None:
    _, person, _, made = await reported(clock)
    clock.advance(timedelta(days=60))
    assert await hearing.sweep() == 0
    await hearing.opened(made.id, actor=person)
    await hearing.opened(made.id, actor=person)
    assert (await kinds(made.id)).count("minutes_reached") == 1
    assert (await row(made.id)).version == made.version
    (word,) = (await records.report(person, made.id))["confirmations"]
    reminded = await db.fetch_value("SELECT remind_at FROM visit_confirmations")
    clock.set(reminded)
    assert await hearing.sweep() == 1
    assert await hearing.sweep() == 0
    assert (await inbox(person)).count("visit_minutes_due") == 1
    clock.set(word["silence_at"] - timedelta(seconds=1))
    assert await hearing.sweep() == 0
    clock.set(word["silence_at"])
    assert await hearing.sweep() == 1
    stands = await row(made.id)
    assert (stands.state, stands.closed_by) == (VisitState.CLOSED, "silence")
    assert (await inbox(person))[-1] == "visit_closed"
    clock.advance(timedelta(days=3))
    await hearing.sweep()
    assert (await inbox(person))[-1] == "visit_rating_wanted"
    await rating.rate(made.id, None, Rating(Level.FAIR), actor=person)


async def test_whoever_objects_while_silence_falls_due_was_not_silent(
    clock: Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep found him due, and locked the visit only after he had said his word."""
    _, person, _, made = await reported(clock)
    await hearing.opened(made.id, actor=person)
    clock.advance(timedelta(days=60))
    found = await db.fetch_one("SELECT visit_id, enterprise_id, silence_at FROM visit_confirmations")
    await hearing.object_to(made.id, None, "不是这样说的", actor=person, edition=1)

    async def late(due: str, before: Any, act: Any, limit: int) -> int:
        async with db.transaction():
            await act(found)
        return 1

    monkeypatch.setattr(sweeping, "each", late)
    await hearing.sweep()
    assert await words_of(made.id) == ["objected"]
    assert (await row(made.id)).state is VisitState.REPORTED


async def test_five_working_days_pass_over_a_long_holiday(clock: Frozen) -> None:
    clock.set(at("2026-09-26", 9))
    goes, (person, place) = await visitor(), await owners()
    starts_at = at("2026-09-29", 9)
    made = await confirmed(person, place, starts_at)
    clock.set(starts_at)
    made = await scan(made.id, passes.write(passes.fresh(made.id, place)), actor=goes)
    made = await reporting.file(made.id, minutes(), actor=goes, version=made.version)
    await hearing.opened(made.id, actor=person)
    silence_at = await db.fetch_value("SELECT silence_at FROM visit_confirmations")
    assert silence_at == at("2026-10-12", 17, 30)  # the holiday of October, and a Saturday that is worked for it


async def test_objected_to_it_waits_for_the_bureau_and_cannot_stay_open_for_ever(clock: Frozen) -> None:
    goes, person, place, made = await reported(clock)
    superior = await manager()
    made = await hearing.object_to(made.id, None, "没有说过这句话", actor=person, edition=1)
    assert await words_of(made.id) == ["objected"]
    with pytest.raises(MinutesSettled):
        await hearing.object_to(made.id, None, "再说一遍", actor=person, edition=1)
    assert "visit_minutes_objected" not in await notices(superior)
    made = await reporting.amend(made.id, minutes(), "核对录音", actor=goes, version=made.version)
    made = await hearing.object_to(made.id, None, "还是不对", actor=person, edition=2)
    assert "visit_minutes_objected" in await notices(superior)
    with pytest.raises(NeedsOther):
        await hearing.decide(made.id, place, "属实", actor=replace(superior, id=goes.id), version=made.version)
    done = await hearing.decide(made.id, place, "录音证实", actor=superior, version=made.version)
    assert (done.state, done.closed_by) == (VisitState.CLOSED, "decision")
    assert (await inbox(person))[-1] == "visit_objection_decided"
    with pytest.raises(NothingContested):
        await hearing.decide(made.id, place, "再次", actor=superior, version=done.version)


async def test_who_objected_may_still_agree(clock: Frozen) -> None:
    _, person, _, made = await reported(clock)
    await hearing.object_to(made.id, None, "看错了", actor=person, edition=1)
    assert (await hearing.confirm(made.id, None, actor=person, edition=1)).state is VisitState.CLOSED


async def test_without_an_account_a_call_reaches_him_and_somebody_else_hears_him(clock: Frozen) -> None:
    goes, place, made = await without_account(clock)
    made = await hearing.record(made.id, None, "call", "已读给本人听", actor=goes, version=made.version)
    with pytest.raises(ReachedBefore):
        await hearing.record(made.id, None, "call", "再读一遍", actor=goes, version=made.version)
    with pytest.raises(NeedsOther):
        await hearing.hear(made.id, place, "confirmed", "call", "没有意见", actor=goes, version=made.version)
    done = await hearing.hear(
        made.id, place, "confirmed", "counter", "没有意见", actor=await manager(), version=made.version
    )
    assert (done.state, done.closed_by) == (VisitState.CLOSED, "confirmed")


async def test_who_has_an_account_speaks_for_himself(clock: Frozen) -> None:
    _, _, _, made = await reported(clock)
    with pytest.raises(HasAccount):
        await hearing.hear(made.id, None, "confirmed", "call", "同意", actor=await manager(), version=made.version)


async def test_of_several_each_has_his_own_word_and_reads_his_own_part(clock: Frozen) -> None:
    goes = await visitor()
    (person, place), (other, elsewhere) = await owners(1), await owners(2)
    starts_at = at("2026-11-26", 9)
    made = await confirmed(person, place, starts_at, reason="group_talk", place="video")
    await joining.join(made.id, elsewhere, "", actor=other)
    clock.set(starts_at)
    for party in (place, elsewhere):
        made = await scan(made.id, passes.write(passes.fresh(made.id, party)), actor=goes)
    findings = (
        Finding(FindingKind.POLICY, "讲解了补助政策"),
        Finding(FindingKind.DIFFICULTY, "资金紧张", enterprise_id=place),
    )
    told = minutes(promise("送清单", enterprise_id=elsewhere), findings=findings)
    made = await reporting.file(made.id, told, actor=goes, version=made.version)
    mine, his = await records.report(person, made.id), await records.report(other, made.id)
    assert [one["words"] for one in mine["editions"][0]["findings"]] == ["讲解了补助政策", "资金紧张"]
    assert [one["words"] for one in his["editions"][0]["findings"]] == ["讲解了补助政策"]
    assert (len(mine["promises"]), len(his["promises"])) == (0, 1)
    assert [one["enterprise_id"] for one in his["confirmations"]] == [elsewhere]
    first = await hearing.confirm(made.id, None, actor=person, edition=1)
    assert first.state is VisitState.REPORTED
    last = await hearing.object_to(made.id, None, "没讲清", actor=other, edition=1)
    assert "没讲清" not in str(await queries.detail(person, made.id))
    done = await hearing.decide(made.id, elsewhere, "已补充讲解", actor=await manager(), version=last.version)
    assert done.closed_by == "decision"


async def test_a_bad_word_opens_a_case_that_somebody_else_calls_back_about(clock: Frozen) -> None:
    goes, person, _, made = await reported(clock)
    superior = await manager()
    await hearing.confirm(made.id, None, actor=person, edition=1, rated=Rating(Level.BAD, "没有讲清楚"))
    case = await db.fetch_one("SELECT * FROM cases WHERE title LIKE '走访差评%'")
    assert case is not None
    assert (case["origin"], case["handler_id"], case["body"]) == ("visits", goes.id, "没有讲清楚")
    tasks = await db.fetch("SELECT kind, state FROM case_tasks WHERE case_id = $1 ORDER BY kind", case["id"])
    assert [tuple(one.values()) for one in tasks] == [("call_back", "open"), ("rectification", "open")]
    assert "case_rated_bad" in await notices(superior)
    with pytest.raises(CaseNeedsOther):
        await rectifying.finish(case["id"], "call_back", "我自己回访", actor=goes)
    await rectifying.finish(case["id"], "call_back", "已回访", actor=await clerk())


async def test_rated_once_and_added_to_once(clock: Frozen) -> None:
    _, person, _, made = await reported(clock)
    await hearing.confirm(made.id, None, actor=person, edition=1)
    with pytest.raises(NotRated):
        await rating.add(made.id, None, Rating(Level.GOOD), actor=person)
    await rating.rate(made.id, None, Rating(Level.GOOD), actor=person)
    with pytest.raises(RatedBefore):
        await rating.rate(made.id, None, Rating(Level.VERY_BAD), actor=person)
    assert await db.fetch_value("SELECT count(*) FROM cases WHERE category = 'complaint_service'") == 0
    await rating.add(made.id, None, Rating(Level.VERY_BAD, "承诺没兑现"), actor=person)
    with pytest.raises(AddedBefore):
        await rating.add(made.id, None, Rating(Level.GOOD), actor=person)
    assert await db.fetch_value("SELECT count(*) FROM cases WHERE category = 'complaint_service'") == 1
    (word,) = (await records.report(person, made.id))["confirmations"]
    assert (word["rating"]["level"], word["rating"]["later_level"]) == (4, 1)


async def _outcome(awaited: Awaitable[Any]) -> str:
    try:
        await awaited
    except WuweiError as refused:
        return refused.code
    return "done"


async def test_a_word_and_another_edition_at_once_never_confirm_what_was_not_read(clock: Frozen) -> None:
    goes, person, _, made = await reported(clock)
    said, amended = await asyncio.gather(
        _outcome(hearing.confirm(made.id, None, actor=person, edition=1)),
        _outcome(reporting.amend(made.id, minutes(), "更正", actor=goes, version=made.version)),
    )
    stands = await row(made.id)
    assert (said, amended) in {("done", "visits.changed"), ("visits.minutes_changed", "done"), ("done", "wrong_state")}
    assert (stands.edition, stands.state) == ((1, VisitState.CLOSED) if said == "done" else (2, VisitState.REPORTED))


async def test_what_may_come_soon_is_known_for_whoever_is_asked_for_permission(clock: Frozen) -> None:
    await visitor()
    person, place = await owners()
    assert person.id
    made = await booked(person, place, at("2026-11-26", 9))
    assert await expected(person.id) == {"visit_confirmed": 1, "visit_minutes": 1}
    await changing.confirm(made.id, actor=SYSTEM)
    assert await expected(person.id) == {"visit_reminder": 1, "visit_reminder_soon": 1, "visit_minutes": 1}
    await changing.cancel(made.id, "停业", actor=person)
    assert await expected(person.id) == {}


async def test_who_left_beforehand_reads_nothing_of_it(clock: Frozen) -> None:
    goes = await visitor()
    (person, place), (other, elsewhere) = await owners(1), await owners(2)
    starts_at = at("2026-11-26", 9)
    made = await confirmed(person, place, starts_at, reason="group_talk", place="video")
    made = await joining.join(made.id, elsewhere, "", actor=other)
    await changing.cancel(made.id, "没空", actor=other)
    clock.set(starts_at)
    made = await scan(made.id, passes.write(passes.fresh(made.id, place)), actor=goes)
    await reporting.file(made.id, minutes(), actor=goes, version=made.version)
    shown = await records.report(other, made.id)
    assert (shown["editions"], shown["attendances"], shown["confirmations"]) == ([], [], [])
    with pytest.raises(VisitUnknown):
        await hearing.confirm(made.id, elsewhere, actor=other, edition=1)


async def test_one_that_cannot_be_told_holds_up_no_other(clock: Frozen, monkeypatch: pytest.MonkeyPatch) -> None:
    goes, (person, place), (other, elsewhere) = await visitor(), await owners(1), await owners(2)
    afternoon = at("2026-11-25", 14)
    first, second = await confirmed(person, place), await confirmed(other, elsewhere, afternoon)
    for visit, party, owner, starts_at in ((first, place, person, NEXT), (second, elsewhere, other, afternoon)):
        clock.set(starts_at)
        made = await scan(visit.id, passes.write(passes.fresh(visit.id, party)), actor=goes)
        await reporting.file(made.id, minutes(), actor=goes, version=made.version)
        await hearing.opened(visit.id, actor=owner)
    told = later_messages.closed_by_silence

    async def broken(visit: Visit, party: UUID) -> None:
        if visit.id == first.id:
            raise ValueError("cannot be told")
        await told(visit, party)

    monkeypatch.setattr(later_messages, "closed_by_silence", broken)
    clock.advance(timedelta(days=14))
    await hearing.sweep()
    assert ((await row(first.id)).state, (await row(second.id)).state) == (VisitState.REPORTED, VisitState.CLOSED)


async def test_who_leaves_takes_his_words_with_him(clock: Frozen) -> None:
    _, person, _, made = await reported(clock)
    await hearing.object_to(made.id, None, "我家的情况", actor=person, edition=1)
    await hearing.confirm(made.id, None, actor=person, edition=1, rated=Rating(Level.GOOD, "我很满意"))
    assert person.id
    assert [one["about"] for one in (await export(person.id))["visit_words"]] == ["走访记录", "评价"]
    await erase(person.id)
    assert await db.fetch_value("SELECT count(*) FROM visit_ratings WHERE words LIKE '%满意%'") == 0
    assert (await export(person.id))["visit_words"] == []
    assert (await row(made.id)).state is VisitState.CLOSED
