"""Staff say which days are worked: at once for everybody, one of two at the same time, with the reason written down."""

import asyncio
from datetime import date
from typing import Any

import orjson
import pytest

from backend import worktime
from backend.access import SYSTEM, Actor, ActorKind, Grant, Role
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden, Invalid, WuweiError
from backend.foundation.ids import new_id
from backend.worktime import DaySet, errors, queries
from backend.worktime.queries import DaySource, YearShown, YearState
from tests.backend.worktime.conftest import MANAGER, NEXT, OTHER, enter

pytestmark = pytest.mark.usefixtures("database", "clock")

TUESDAY, WEDNESDAY, SATURDAY = date(2026, 11, 24), date(2026, 11, 25), date(2026, 11, 28)


async def _audited() -> list[tuple[str, dict[str, Any]]]:
    rows = await db.fetch("SELECT action, detail FROM audit_entries ORDER BY at, id")
    return [(row["action"], orjson.loads(row["detail"])) for row in rows]


async def _shown(number: int, actor: Actor = MANAGER) -> YearShown:
    return (await queries.year(actor, number))[0]


async def test_a_day_that_is_set_counts_at_once() -> None:
    before = await worktime.current()
    assert await enter(TUESDAY) == 1
    assert await enter(SATURDAY, is_workday=True, version=1) == 2
    after = await worktime.current()
    assert (before.is_workday(TUESDAY), after.is_workday(TUESDAY), after.is_workday(SATURDAY)) == (True, False, True)
    assert after.version != before.version
    assert await worktime.current() is after
    assert await enter(TUESDAY, is_workday=True, version=2) == 3
    assert (await worktime.current()).is_workday(TUESDAY)
    assert await worktime.remove_days(2026, [TUESDAY, SATURDAY], reason="误录", actor=MANAGER, version=3) == 4
    assert await worktime.current() == before


async def test_who_set_a_day_and_why_is_shown_and_written_down() -> None:
    await enter(TUESDAY)
    shown, days = await queries.year(OTHER, 2026)
    [day] = [one for one in days if one.day == TUESDAY]
    assert (day.is_workday, day.source, day.usual, day.note, day.set_by) == (
        False,
        DaySource.OVERRIDE,
        True,
        "台风停工",
        MANAGER.id,
    )
    assert (len(days), shown.version, shown.days_set, shown.state) == (365, 1, 1, YearState.PUBLISHED)
    assert days[0].source is DaySource.LIBRARY
    assert (days[0].is_workday, days[0].holiday) == (False, "元旦")
    await worktime.remove_days(2026, [TUESDAY], reason="误录", actor=MANAGER, version=1)
    first, last = await _audited()
    assert first[0] == "worktime.day_set"
    assert first[1] == {"day": "2026-11-24", "is_workday": False, "reason": "台风停工", "citation": None}
    assert last == ("worktime.day_removed", {"day": "2026-11-24", "is_workday": False, "reason": "误录"})


async def test_of_two_who_change_a_year_at_once_one_is_told() -> None:
    for version in range(2):  # a year nobody ever changed, and one with a row
        actors = [MANAGER, OTHER] * 3
        racers = (enter(TUESDAY, actor=actor, version=version) for actor in actors)
        told = await asyncio.gather(*racers, return_exceptions=True)
        assert sorted(type(one).__name__ for one in told) == ["YearChanged"] * 5 + ["int"]
        assert (await _shown(2026)).version == version + 1
        assert len(await _audited()) == version + 1
    await enter(date(NEXT, 1, 1))  # another year has a version of its own


async def test_a_year_that_is_entered_completely_is_settled(clock: Frozen) -> None:
    assert (await _shown(NEXT)).state is YearState.PROVISIONAL
    assert NEXT in await worktime.provisional_years()
    version = await enter(date(NEXT, 1, 1), version=0)
    _, days = await queries.year(MANAGER, NEXT)
    assert [one.source for one in days[:2]] == [DaySource.OVERRIDE, DaySource.PROVISIONAL]
    assert (await worktime.current()).is_provisional(date(NEXT, 5, 1))
    version = await worktime.settle(NEXT, citation="国办发明电〔2026〕7号", actor=MANAGER, version=version)
    shown, days = await queries.year(MANAGER, NEXT)
    assert (shown.state, shown.settled_by, shown.settled_at) == (YearState.SETTLED, MANAGER.id, clock.now())
    assert days[1].source is DaySource.SETTLED
    assert not (await worktime.current()).is_provisional(date(NEXT, 5, 1))
    assert NEXT not in await worktime.provisional_years()
    with pytest.raises(errors.NothingEntered):
        await worktime.remove_days(NEXT, [date(NEXT, 1, 1)], reason="误录", actor=MANAGER, version=version)
    assert (await worktime.current()).overrides == {date(NEXT, 1, 1): False}
    with pytest.raises(errors.AlreadyKnown):
        await worktime.settle(NEXT, citation="再来一次", actor=MANAGER, version=version)
    version = await worktime.unsettle(NEXT, reason="漏录", actor=MANAGER, version=version)
    assert (await _shown(NEXT)).state is YearState.PROVISIONAL
    with pytest.raises(errors.NotSettled):
        await worktime.unsettle(NEXT, reason="漏录", actor=MANAGER, version=version)
    assert [action for action, _ in await _audited()] == [
        "worktime.day_set",
        "worktime.year_settled",
        "worktime.year_unsettled",
    ]


async def test_what_can_be_done_with_a_year_is_what_would_be_done() -> None:
    assert (await _shown(NEXT)).may == ["set_days"]
    await enter(date(NEXT, 1, 1))
    assert (await _shown(NEXT)).may == ["set_days", "remove_days", "settle"]
    await worktime.settle(NEXT, citation="国办", actor=MANAGER, version=1)
    assert (await _shown(NEXT)).may == ["set_days", "remove_days", "unsettle"]
    await enter(TUESDAY)
    assert (await _shown(2026)).may == ["set_days", "remove_days"]
    assert (await _shown(2019)).may == []
    assert (await _shown(NEXT, Actor(ActorKind.STAFF, new_id(), grants=(Grant(Role.AUDITOR),)))).may == []
    assert [one.year for one in await queries.years(MANAGER)] == [2025, 2026, 2027, 2028, 2029]


async def _refused(kind: type[WuweiError], year: int, days: list[date], **given: Any) -> WuweiError:
    wanted = [DaySet(day, is_workday=False) for day in days]
    told = {"reason": "停工", "citation": None, "actor": MANAGER, "version": 0, **given}
    with pytest.raises(kind) as refusal:
        await worktime.set_days(year, wanted, **told)
    assert (await worktime.current()).overrides == {}
    return refusal.value


async def test_what_does_not_fit_is_refused_and_changes_nothing() -> None:
    await _refused(Invalid, 2026, [])
    await _refused(Invalid, 2026, [TUESDAY, TUESDAY])
    await _refused(Invalid, 2026, [TUESDAY], reason="  ")
    await _refused(Invalid, 2026, [TUESDAY], citation="长" * 201)
    strange = await _refused(Invalid, 2026, [TUESDAY, date(2027, 1, 1)])
    assert isinstance(strange, Invalid)
    assert [one.path for one in strange.fields] == ["days.1"]
    await _refused(errors.YearPast, 2024, [date(2024, 5, 6)])
    await _refused(errors.YearPast, 2030, [date(2030, 5, 6)])
    await _refused(errors.YearChanged, 2026, [TUESDAY], version=1)
    await _refused(Forbidden, 2026, [TUESDAY], actor=Actor(ActorKind.STAFF, new_id(), grants=(Grant(Role.REVIEWER),)))
    local = Actor(ActorKind.STAFF, new_id(), grants=(Grant(Role.MANAGER, districts=("330502",)),))
    assert "全市" in (await _refused(Forbidden, 2026, [TUESDAY], actor=local)).detail
    with pytest.raises(errors.NotAdjusted):
        await worktime.remove_days(2026, [TUESDAY], reason="误录", actor=MANAGER, version=0)
    with pytest.raises(errors.NothingEntered):
        await worktime.settle(NEXT, citation="国办", actor=MANAGER, version=0)
    with pytest.raises(errors.AlreadyKnown):
        await worktime.settle(2026, citation="国办", actor=MANAGER, version=0)
    with pytest.raises(errors.YearUnknown):
        await queries.year(MANAGER, 2003)
    assert await _audited() == []


async def test_a_whole_year_is_set_by_one_command() -> None:
    days = [date(NEXT, month, day) for month in range(1, 13) for day in range(1, 29)]
    await enter(*days)
    assert (await _shown(NEXT)).days_set == len(days)
    assert (await _shown(NEXT)).workdays < 25
    assert await worktime.remove_days(NEXT, days, reason="误录", actor=SYSTEM, version=1) == 2
    assert (await worktime.current()).overrides == {}
