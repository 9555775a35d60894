"""Whoever booked for an enterprise and left it speaks for it no more, and is told no more: who runs it now is."""

from datetime import timedelta
from uuid import UUID

import pytest

from backend.access import Actor
from backend.foundation import clock as now
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.visits import reminders
from backend.visits.afterwards import hearing
from backend.visits.bookings import booking, changing, moving
from backend.visits.errors import VisitUnknown
from tests.backend.policies.people import owner
from tests.backend.visits.after import reported
from tests.backend.visits.people import NEXT, at, booked, confirmed, inbox, owners, row, visitor

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _stands(person: Actor, place: UUID, state: str) -> None:
    sql = "UPDATE bindings SET state = $3, ended_at = $4, prove_by = now() WHERE person_id = $1 AND enterprise_id = $2"
    await db.execute(sql, person.id, place, state, now.now() if state == "ended" else None)


@pytest.mark.parametrize("state", ["ended", "read_only"])
async def test_who_may_not_act_for_the_enterprise_changes_nothing_that_he_booked(state: str) -> None:
    await visitor()
    person, place = await owners()
    made = await confirmed(person, place)
    held = await booked(person, place, at("2026-11-26", 9), is_hold=True)
    await _stands(person, place, state)
    for act in (
        changing.cancel(made.id, "不来了", actor=person),
        moving.reschedule(made.id, at("2026-11-27", 9), actor=person),
        booking.submit(held.id, "", actor=person),
    ):
        with pytest.raises(VisitUnknown):
            await act
    assert (await row(made.id)).starts_at == NEXT


async def test_what_he_opens_who_left_the_enterprise_starts_no_silence(clock: Frozen) -> None:
    _, person, place, made = await reported(clock)
    await _stands(person, place, "ended")
    await hearing.opened(made.id, actor=person)
    assert await db.fetch_value("SELECT count(*) FROM visit_confirmations WHERE reached_at IS NOT NULL") == 0


async def test_who_runs_the_enterprise_now_is_told_in_his_place(clock: Frozen) -> None:
    someone, (person, place) = await visitor(), await owners()
    made = await confirmed(person, place)
    await _stands(person, place, "ended")
    heir = await owner(place)
    before = await inbox(person)
    clock.set(NEXT - timedelta(hours=2))
    await reminders.remind()
    await changing.cancel(made.id, "临时会议", actor=someone)
    assert await inbox(person) == before
    assert await inbox(heir) == ["visit_reminder_soon", "visit_cancelled_today"]
