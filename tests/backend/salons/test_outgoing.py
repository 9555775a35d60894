"""What leaves: a list without formulas, a calendar entry that moves and is called off, figures that add up."""

from datetime import timedelta

import pytest
from icalendar import Calendar, Event

from backend.access import SYSTEM
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.salons import exporting, figures, ics
from backend.salons.seats import answering
from tests.backend.salons.people import hall, owners, published, sign_up
from tests.support.exports import whole

pytestmark = pytest.mark.usefixtures("running", "clock")


async def test_the_list_has_everybody_in_his_order_and_no_formula() -> None:
    form = {"type": "object", "properties": {"wish": {"type": "string", "title": "最想了解什么"}}}
    salon_id = await published(hall(1), form=form)
    first, second = await owners(2)
    await sign_up(*first, salon_id, attendee="=1+1", answers={"wish": "免罚清单"})
    await sign_up(*second, salon_id, waits=True)
    file = await exporting.write(salon_id, "csv", actor=SYSTEM)
    lines = (await whole(file)).decode("utf-8-sig").splitlines()
    assert lines[0].endswith("最想了解什么")
    assert len(lines) == 3
    assert ",'=1+1," in lines[1]
    assert lines[1].endswith("免罚清单")
    assert "候补中" in lines[2]
    assert (await whole(await exporting.write(salon_id, "xlsx", actor=SYSTEM)))[:2] == b"PK"


async def test_a_calendar_entry_is_called_off_by_the_same_uid() -> None:
    salon_id = await published(hall(1))
    ((person, place),) = await owners(1)
    made = await sign_up(person, place, salon_id)
    before = _event(await ics.of_signup(made.id, actor=person))
    await answering.leave(made.id, "", actor=person)
    after = _event(await ics.of_signup(made.id, actor=person))
    assert (before["uid"], str(before["status"])) == (after["uid"], "CONFIRMED")
    assert (str(after["status"]), after.sequence - before.sequence) == ("CANCELLED", 1)


def _event(written: bytes) -> Event:
    (found,) = Calendar.from_ical(written).walk("VEVENT")
    assert isinstance(found, Event)
    return found


async def test_figures_count_what_was_held(clock: Frozen) -> None:
    salon_id = await published(hall(2), topic="tax", district="330502")
    people = await owners(3)
    made = [await sign_up(*one, salon_id, waits=True) for one in people]
    await db.execute("UPDATE salons SET state = 'held' WHERE id = $1", salon_id)
    await db.execute("UPDATE salon_signups SET state = 'attended' WHERE id = $1", made[0].id)
    clock.advance(timedelta(days=20))
    today = clock_module.today()
    found = await figures.of(SYSTEM, today - timedelta(days=30), today)
    (one,) = found["topics"]
    assert (one["word"], one["salons"], one["seats"], one["signed_up"], one["came"]) == ("财税", 1, 2, 2, 1)
    assert [row["word"] for row in found["districts"]] == ["吴兴区"]
