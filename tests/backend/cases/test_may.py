"""What a screen offers is what the commands take: each act of each state, asked by everybody whom it could concern."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, NoReturn
from uuid import UUID

import pytest

from backend.access import Actor, Role
from backend.cases import changing, handling, owning, queries
from backend.cases.assignment import assigning, handing_over, helping, transferring
from backend.cases.deadlines import alarms
from backend.cases.ending import closing, rating, reaching, rectifying
from backend.cases.ending.rating import Level, Rating
from backend.cases.errors import CaseUnknown, HasItAlready
from backend.cases.events import Citation
from backend.cases.handling import Wanted
from backend.cases.intake import receipts
from backend.cases.linked import merging, splitting
from backend.cases.linked.splitting import Part
from backend.foundation import clock as time
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import WuweiError
from tests.backend.cases.offices import member, route, unit
from tests.backend.cases.people import CONSULT, HELP, asker, clerk, manager, opened, row, taken

pytestmark = pytest.mark.usefixtures("running", "clock")

LAW: Final = (Citation("law", "行政许可法第三十二条"),)


@dataclass
class Cast:
    """An owner, who handles his case, a colleague, their superior, and another unit; `clock` is the test's own."""

    clock: Frozen
    person: Actor
    place: UUID
    handler: Actor
    colleague: Actor
    boss: Actor
    unit_id: UUID
    other: Actor

    async def opened(self) -> UUID:
        return await opened(self.person, self.place)

    async def taken(self, **given: Any) -> UUID:
        return await taken(self.handler, self.person, self.place, **given)

    async def answered(self, days: int = 0) -> UUID:
        case_id = await self.taken()
        await handling.answer(case_id, "可以申请用工补助。", actor=self.handler)
        self.clock.advance(timedelta(days=days))
        return case_id

    async def nobodys(self, *, is_answered: bool = False) -> UUID:
        case_id = await taken(self.handler)
        if is_answered:
            await handling.answer(case_id, "可以申请。", actor=self.handler)
        return case_id

    async def refused(self, times: int) -> UUID:
        case_id = await self.answered()
        for turn in range(times):
            if turn:
                await handling.answer(case_id, "仍可申请。", actor=self.handler)
            await closing.refuse(case_id, "没有解决", actor=self.person)
        return case_id

    async def rated_badly(self) -> UUID:
        case_id = await self.answered()
        await closing.confirm(case_id, actor=self.person, rated=Rating(Level.BAD, "慢"))
        return case_id

    async def appealed(self) -> UUID:
        case_id = await self.rated_badly()
        await rating.appeal(case_id, "情况不符", actor=self.handler)
        return case_id

    async def transferred(self) -> UUID:
        case_id = await self.taken()
        await transferring.transfer(case_id, self.unit_id, "职责所在", actor=self.boss)
        return case_id

    async def merged(self, *, is_answered: bool = False) -> UUID:
        case_id, target = await self.taken(), await self.taken()
        await merging.merge(case_id, target, actor=self.boss)
        if is_answered:
            await handling.answer(target, "一并答复。", actor=self.handler)
        return case_id


async def _asked(cast: Cast) -> UUID:
    case_id = await cast.taken()
    await handling.ask(case_id, [Wanted("营业执照")], actor=cast.handler)
    return case_id


async def _paused(cast: Cast) -> UUID:
    case_id = await cast.taken()
    await handling.pause(case_id, "test", "送检", actor=cast.handler)
    return case_id


async def _paused_enough(cast: Cast) -> UUID:
    case_id = await _paused(cast)
    cast.clock.advance(timedelta(days=90))
    await handling.resume(case_id, actor=cast.handler)
    return case_id


async def _promised_and_helped_enough(cast: Cast) -> UUID:
    case_id = await cast.taken()
    for _ in range(handling.MOST_PROMISES):
        await handling.promise(case_id, time.today(), actor=cast.handler)
    for one in [cast.colleague, *[await clerk() for _ in range(helping.MOST - 1)]]:
        await helping.add(case_id, _id(one), actor=cast.handler)
    return case_id


async def _offered(cast: Cast, times: int = 1) -> UUID:
    case_id = await cast.taken()
    await db.execute("UPDATE cases SET hand_overs = $2 WHERE id = $1", case_id, times - 1)
    await handing_over.hand_over(case_id, _id(cast.colleague), "更熟悉", actor=cast.handler if times < 3 else cast.boss)
    return case_id


async def _given(cast: Cast) -> UUID:
    case_id = await cast.opened()
    await assigning.assign(case_id, _id(cast.handler), actor=cast.boss)
    return case_id


async def _given_there(cast: Cast) -> UUID:
    case_id = await cast.transferred()
    await assigning.assign(case_id, _id(cast.other), actor=cast.boss)
    return case_id


async def _written_back(cast: Cast) -> UUID:
    case_id = await cast.answered()
    await owning.reply(case_id, "材料在哪里交？", [], actor=cast.person, is_remark=True)
    return case_id


async def _reached(cast: Cast) -> UUID:
    case_id = await cast.answered()
    await reaching.record(case_id, "call", "已告知", actor=cast.handler)
    return case_id


async def _silent(case_id: UUID, cast: Cast, days: int = 20) -> UUID:
    await reaching.record(case_id, "call", "已告知", actor=cast.handler)
    cast.clock.advance(timedelta(days=days))
    await reaching.sweep()
    if days > 20:
        await db.execute("UPDATE cases SET closed_at = closed_at - interval '60 days' WHERE id = $1", case_id)
    return case_id


async def _declined(cast: Cast) -> UUID:
    case_id = await cast.taken()
    await handling.decline(case_id, "不属本局职责", LAW, actor=cast.handler)
    return case_id


async def _holding(cast: Cast) -> UUID:
    case_id = await cast.merged()
    return UUID(str(await db.fetch_value("SELECT merged_into FROM cases WHERE id = $1", case_id)))


async def _split(cast: Cast) -> UUID:
    case_id = await cast.taken()
    await splitting.split(case_id, [Part(HELP, "另一件", "另一件事")], "两件事", actor=cast.boss)
    return case_id


async def _extended(cast: Cast) -> UUID:
    case_id = await cast.taken()
    await handling.extend(case_id, 3, "需要外调", actor=cast.boss)
    await alarms.supervise(case_id, "关注", actor=cast.boss)
    return case_id


async def _late(cast: Cast) -> UUID:
    case_id = await cast.nobodys()
    cast.clock.advance(timedelta(days=30))
    return case_id


async def _own_matter(cast: Cast) -> UUID:
    sql = "INSERT INTO staff_phones (id, staff_id, person_id, bound_at) VALUES (uuidv7(), $1, $2, $3)"
    await db.execute(sql, cast.colleague.id, cast.person.id, time.now())
    return await cast.taken()


STATES: Final[Mapping[str, Callable[[Cast], Awaitable[UUID]]]] = {
    "received": Cast.opened,
    "assigned": _given,
    "asked for material": _asked,
    "paused": _paused,
    "paused enough": _paused_enough,
    "promised and helped enough": _promised_and_helped_enough,
    "offered": _offered,
    "offered for the third time": lambda cast: _offered(cast, 3),
    "passed on for the fourth time": lambda cast: _offered(cast, 4),
    "nobody's, late": _late,
    "extended and supervised": _extended,
    "answered": Cast.answered,
    "answered, written back": _written_back,
    "answered, reached": _reached,
    "answered, out of reach": lambda cast: cast.answered(30),
    "reopened": lambda cast: cast.refused(1),
    "refused twice": lambda cast: cast.refused(2),
    "declined": _declined,
    "rated badly": Cast.rated_badly,
    "appealed": Cast.appealed,
    "transferred": Cast.transferred,
    "transferred and given there": _given_there,
    "merged": Cast.merged,
    "merged and answered": lambda cast: cast.merged(is_answered=True),
    "holding another": _holding,
    "split": _split,
    "nobody's, answered": lambda cast: cast.nobodys(is_answered=True),
    "nobody's, silent": lambda cast: _then(cast.nobodys(is_answered=True), lambda case_id: _silent(case_id, cast)),
    "nobody's, silent long ago": lambda cast: _then(
        cast.nobodys(is_answered=True), lambda case_id: _silent(case_id, cast, 21)
    ),
    "a colleague's own matter": _own_matter,
}


async def _then(first: Awaitable[UUID], after: Callable[[UUID], Awaitable[UUID]]) -> UUID:
    return await after(await first)


def _id(actor: Actor) -> UUID:
    assert actor.id
    return actor.id


@dataclass(frozen=True)
class Try:
    """Who tries something; `fresh` is somebody who has no part in the case, `home` a case that it could go into."""

    actor: Actor
    fresh: UUID
    unit_id: UUID
    home: UUID
    day: date


Command = Callable[[UUID, Try], Awaitable[Any]]


async def _accepts(case_id: UUID, one: Try) -> Any:
    """Whoever has it already may say so again, which does nothing: it need not be offered."""
    before = await row(case_id)
    if (await handling.accept(case_id, actor=one.actor)).version == before.version:
        raise HasItAlready


async def _hears(case_id: UUID, one: Try) -> Any:
    """An owner says what fits: that something is brought, or that it is not solved."""
    waits = await db.fetch_value("SELECT state = 'waiting_for_owner' FROM cases WHERE id = $1", case_id)
    return await closing.hear(case_id, "supplied" if waits else "refused", "call", "来电", actor=one.actor)


ACTS: Final[Mapping[str, Command]] = {
    "accept": _accepts,
    "reply": lambda one, t: handling.reply(one, "请稍候", actor=t.actor),
    "note": lambda one, t: handling.note(one, "已联系", actor=t.actor),
    "ask": lambda one, t: handling.ask(one, [Wanted("合同")], actor=t.actor, reason="补充"),
    "answer": lambda one, t: handling.answer(one, "可以申请。", actor=t.actor),
    "decline": lambda one, t: handling.decline(one, "不属本局职责", LAW, actor=t.actor),
    "pause": lambda one, t: handling.pause(one, "test", "送检", actor=t.actor),
    "resume": lambda one, t: handling.resume(one, actor=t.actor),
    "promise": lambda one, t: handling.promise(one, t.day, actor=t.actor),
    "extend": lambda one, t: handling.extend(one, 3, "需要外调", actor=t.actor),
    "reach": lambda one, t: reaching.record(one, "call", "已告知", actor=t.actor),
    "decide": lambda one, t: closing.decide(one, "理由充分", ends=True, actor=t.actor),
    "close": lambda one, t: closing.close_by_decision(one, "无法联系", actor=t.actor),
    "supervise": lambda one, t: alarms.supervise(one, "关注", actor=t.actor),
    "assign": lambda one, t: assigning.assign(one, t.fresh, actor=t.actor),
    "hand_over": lambda one, t: handing_over.hand_over(one, t.fresh, "更熟悉", actor=t.actor),
    "refuse_offer": lambda one, t: handing_over.refuse(one, "不熟悉", actor=t.actor),
    "give_back": lambda one, t: handing_over.give_back(one, "休假", actor=t.actor),
    "transfer": lambda one, t: transferring.transfer(one, t.unit_id, "职责所在", actor=t.actor),
    "send_back": lambda one, t: transferring.send_back(one, "不属本单位", actor=t.actor),
    "help": lambda one, t: helping.add(one, t.fresh, actor=t.actor),
    "category": lambda one, t: changing.change_category(one, CONSULT, actor=t.actor, reason="更合适"),
    "urgency": lambda one, t: changing.change_urgency(one, "urgent", actor=t.actor),
    "merge": lambda one, t: merging.merge(one, t.home, reason="同一件事", actor=t.actor),
    "split": lambda one, t: splitting.split(one, [Part(HELP, "另一件", "另一件事")], "两件事", actor=t.actor),
    "unsplit": lambda one, t: splitting.unsplit(one, "看错了", actor=t.actor),
    "unmerge": lambda one, t: merging.unmerge(one, actor=t.actor),
    "hear": _hears,
    "receipt": lambda one, t: receipts.make(one, actor=t.actor),
    "appeal": lambda one, t: rating.appeal(one, "情况不符", actor=t.actor),
    "decide_appeal": lambda one, t: rating.decide(one, "属实", is_upheld=False, actor=t.actor),
    "call_back": lambda one, t: rectifying.finish(one, "call_back", "已致歉", actor=t.actor),
    "rectify": lambda one, t: rectifying.finish(one, "rectification", "已改正", actor=t.actor),
}


class _Undone(Exception):
    """It was taken, and is taken back."""


async def _take_and_undo(act: Command, case_id: UUID, one: Try) -> NoReturn:
    async with db.transaction():
        await act(case_id, one)
        raise _Undone


async def _is_taken(act: Command, case_id: UUID, one: Try) -> bool:
    try:
        await _take_and_undo(act, case_id, one)
    except _Undone:
        return True
    except WuweiError:
        return False


async def _offered_to(actor: Actor, case_id: UUID) -> set[str]:
    try:
        return set((await queries.staff_detail(actor, case_id))["may"])
    except CaseUnknown:
        return set()


@pytest.mark.parametrize("state", STATES)
async def test_what_is_offered_is_taken_and_nothing_else(state: str, clock: Frozen) -> None:
    here, there = await unit("一科"), await unit("二科")
    await route(HELP, here)
    handler, colleague = await member(here), await member(here)
    cast = Cast(clock, *await asker(), handler, colleague, await manager(), there, await member(there))
    case_id = await STATES[state](cast)
    home = await opened(cast.person, cast.place, received_at=time.now() - timedelta(days=200))
    beside = [
        colleague,
        await clerk(Role.AUDITOR),
        await clerk(Role.FRONT_DESK),
        cast.other,
        await clerk(districts=("330523",)),
    ]
    turn = list(STATES).index(state) % len(beside)
    concerned = colleague if "offered" in state or "passed on" in state else beside[turn]
    actors = {"handler": handler, "boss": cast.boss, "who is concerned or stands by": concerned}
    free = (await unit("三科"), _id(await clerk()))
    await member(free[0])
    for who, actor in actors.items():
        one = Try(actor, free[1], free[0], home, time.today())
        taken_ = {act for act, command in ACTS.items() if await _is_taken(command, case_id, one)}
        assert await _offered_to(actor, case_id) == taken_, who
