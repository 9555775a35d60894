"""A visit for which staff named nobody reaches everybody who speaks for the enterprise; a proposal has to reach one."""

from datetime import timedelta
from uuid import UUID

import pytest

from backend.access import SYSTEM, Actor
from backend.foundation import clock as now
from backend.foundation.clock import Frozen
from backend.visits import reminders
from backend.visits.bookings import booking, changing
from backend.visits.bookings.booking import Order
from backend.visits.errors import NobodyToAsk
from backend.visits.models import Visit
from backend.visits.states import VisitState
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.people import owner
from tests.backend.visits.people import NEXT, WUXING, ZHILI, days, find, inbox, owners, row, visitor

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _clerk(place: UUID, scope: str, *, lasts: int = 100) -> Actor:
    return await owner(place, role="clerk", scope=[scope], until=now.now() + days(lasts))


async def _arranged(place: UUID, *, is_agreed: bool, person: UUID | None = None) -> Visit:
    state = VisitState.CONFIRMED if is_agreed else VisitState.REQUESTED
    order = Order(state, "phone", person, awaits=None if is_agreed else "owner")
    return await booking.arrange(await find(place), order, actor=SYSTEM)


async def test_everybody_who_speaks_for_the_enterprise_is_told_of_a_proposal_once() -> None:
    await visitor()
    person, place = await owners()
    heir = await owner(place)
    clerk = await _clerk(place, "visits")
    trainee = await _clerk(place, "cases")
    former = await _clerk(place, "visits", lasts=-1)
    made = await _arranged(place, is_agreed=False)
    told = [await inbox(one) for one in (person, heir, clerk, trainee, former)]
    assert told == [["visit_proposed"]] * 3 + [[], []]
    assert (await changing.accept(made.id, actor=clerk)).state is VisitState.CONFIRMED


async def test_what_was_agreed_on_the_phone_is_told_and_reminded_of(clock: Frozen) -> None:
    await visitor()
    person, place = await owners()
    await _arranged(place, is_agreed=True)
    clock.set(NEXT - timedelta(hours=2))
    await reminders.remind()
    assert await inbox(person) == ["visit_confirmed", "visit_reminder_soon"]


async def test_whoever_is_named_is_told_alone() -> None:
    await visitor()
    person, place = await owners()
    other = await owner(place)
    await _arranged(place, is_agreed=False, person=person.id)
    assert (await inbox(person), await inbox(other)) == (["visit_proposed"], [])


async def test_a_clerk_who_was_not_given_visits_is_not_asked_in_place_of_who_can_answer() -> None:
    await visitor()
    person, place = await owners()
    clerk = await _clerk(place, "cases")
    await _arranged(place, is_agreed=False, person=clerk.id)
    assert (await inbox(person), await inbox(clerk)) == (["visit_proposed"], [])


async def test_nothing_is_proposed_to_an_enterprise_where_nobody_can_answer(clock: Frozen) -> None:
    await visitor()
    place = await enterprise(1, district=WUXING, town=ZHILI)
    with pytest.raises(NobodyToAsk, match="电话约定"):
        await _arranged(place, is_agreed=False)
    clerk = await _clerk(place, "cases")
    with pytest.raises(NobodyToAsk):
        await _arranged(place, is_agreed=False, person=clerk.id)
    made = await _arranged(place, is_agreed=True)
    clock.set(NEXT - timedelta(hours=2))
    assert await reminders.remind() == 1
    assert (await row(made.id)).state is VisitState.CONFIRMED
