"""The ledger of what staff have taken on: one holder a thing, load by what is open, fairness by days present."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from backend.access import SYSTEM, Grant, Role
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.ids import new_id
from backend.staff import absences, assignments, colleagues
from backend.staff.assignments import Holding, Share
from tests.factories.people import add_staff

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _someone(**columns: object) -> UUID:
    made = await add_staff()
    assert made.id
    await db.execute("UPDATE staff SET created_at = $2 WHERE id = $1", made.id, clock_module.now() - timedelta(days=90))
    return made.id


async def _hold(*holdings: Holding) -> None:
    async with db.transaction():
        await assignments.hold("tests", holdings)


async def test_a_thing_has_one_holder_and_moves_with_its_weight() -> None:
    one, two, thing = await _someone(), await _someone(), new_id()
    await _hold(Holding(thing, one, 2))
    await _hold(Holding(thing, one, 2))
    assert (await assignments.shares([one]))[one].load == 2
    await _hold(Holding(thing, two, 2))
    shares = await assignments.shares([one, two])
    assert (shares[one].load, shares[two].load) == (0, 2)
    await _hold(Holding(thing, None))
    assert (await assignments.shares([two]))[two].load == 0
    rows = await db.fetch("SELECT staff_id, closed_at IS NULL AS is_open FROM staff_assignments ORDER BY id")
    assert [tuple(row) for row in rows] == [(one, False), (two, False)]


async def test_what_is_recent_is_thirty_days_old_at_most_and_days_are_those_one_was_there(clock: Frozen) -> None:
    one = await _someone()
    await _hold(Holding(new_id(), one, 3))
    assert await assignments.shares([one]) == {one: Share(load=3, recent=3, days=21)}  # 25 October to 23 November
    await absences.tell(one, date(2026, 11, 16), date(2026, 11, 22), "leave", actor=SYSTEM)
    assert (await assignments.shares([one]))[one].days == 16
    clock.advance(timedelta(days=32))
    assert (await assignments.shares([one]))[one] == Share(load=3, recent=0, days=22)  # to 25 December


async def test_a_newcomer_was_not_there_before_he_came() -> None:
    made = await add_staff()
    assert made.id
    assert (await assignments.shares([made.id]))[made.id] == Share(0, 0, 1)


async def test_colleagues_are_active_have_chosen_their_password_and_hold_the_permission_now() -> None:
    grant = "INSERT INTO staff_grants (id, staff_id, role, granted_at, until_at) VALUES ($1, $2, $3, $4, $5)"
    moment = clock_module.now() - timedelta(days=2)

    async def hired(role: Role, until: timedelta | None = None) -> UUID:
        made = await add_staff(Grant(role))
        assert made.id
        await db.execute(grant, new_id(), made.id, role, moment, moment + until if until else None)
        return made.id

    good = await hired(Role.SPECIALIST)
    await hired(Role.PUBLISHER)
    await hired(Role.SPECIALIST, timedelta(days=1))
    gone, new = await hired(Role.SPECIALIST), await hired(Role.SPECIALIST)
    await db.execute("UPDATE staff SET state = 'left', left_at = now() WHERE id = $1", gone)
    await db.execute("UPDATE staff SET must_change_password = TRUE WHERE id = $1", new)
    assert [one.id for one in await colleagues.holding("cases.handle")] == [good]
    assert await colleagues.holding("cases.handle", [gone, new]) == []
