"""An owner is asked for as many permissions as there are messages to come."""

from datetime import timedelta

import pytest

from backend.foundation.clock import Frozen
from backend.salons import expecting
from tests.backend.salons.people import hall, owners, published, sign_up

pytestmark = pytest.mark.usefixtures("running", "clock")


async def test_a_seat_has_two_reminders_a_place_in_the_list_one_offer(clock: Frozen) -> None:
    salon_id = await published(hall(1))
    (first, place), (second, other) = await owners(2)
    assert first.id
    assert second.id
    await sign_up(first, place, salon_id)
    await sign_up(second, other, salon_id, waits=True)
    assert await expecting.expected(first.id) == {"salon_reminder": 2}
    assert await expecting.expected(second.id) == {"salon_offered": 1}
    clock.advance(timedelta(days=13, hours=1))
    assert await expecting.expected(first.id) == {"salon_reminder": 1}
