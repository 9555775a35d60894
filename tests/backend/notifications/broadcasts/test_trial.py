"""A trial goes to oneself alone, and tells what became of it."""

from uuid import UUID

import pytest

from backend.access import Grant, Role
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden
from backend.foundation.ids import new_id
from backend.notifications import delivering
from backend.notifications.broadcasts import errors, trial
from backend.notifications.due import take_notes
from tests.backend.notifications.broadcasts.crowds import PREPARER, RELEASER, Crowd, state
from tests.backend.notifications.people import Phone, Phones
from tests.factories.people import add_staff

pytestmark = pytest.mark.usefixtures("phones")

_BIND = "INSERT INTO staff_phones (id, staff_id, person_id, bound_at) VALUES (uuidv7(), $1, $2, $3)"


@pytest.fixture
def crowd() -> Crowd:
    return Crowd()


async def _bound(phones: Phones, clock: Frozen, taps: int) -> Phone:
    phone = await phones.make(taps)
    await _bind(phone, clock)
    return phone


async def _bind(phone: Phone, clock: Frozen) -> None:
    await add_staff(staff_id=PREPARER.id)
    await db.execute(_BIND, PREPARER.id, phone.person, clock.now())


async def _tried(crowd: Crowd, made: UUID) -> UUID:
    told = await trial.send_to_oneself(made, crowd.origins, actor=PREPARER)
    assert told["state"] == "waiting"
    return UUID(str(told["id"]))


async def _deliver() -> None:
    await take_notes()
    await delivering.deliver(budget=8.0)


async def test_a_trial_goes_to_oneself_or_is_refused_with_a_clear_word(
    crowd: Crowd, phones: Phones, clock: Frozen
) -> None:
    phone = await phones.make(2)
    made = await crowd.frozen()
    with pytest.raises(errors.NoPhone, match="还没有绑定"):
        await trial.send_to_oneself(made, crowd.origins, actor=PREPARER)
    await _bind(phone, clock)
    for _ in range(2):
        await _tried(crowd, made)
    await _deliver()
    assert len(phones.received(phone)) == 2
    assert await state(made) == "frozen"


async def test_it_tells_that_it_arrived(crowd: Crowd, phones: Phones, clock: Frozen) -> None:
    await _bound(phones, clock, 1)
    made = await crowd.frozen()
    one = await _tried(crowd, made)
    await _deliver()
    told = await trial.show(made, one, actor=PREPARER)
    assert (told["id"], told["state"], told["channel"]) == (one, "sent", "subscribe")
    assert (told["reason"], told["due_at"]) == (None, None)


async def test_it_tells_that_nothing_was_allowed(crowd: Crowd, phones: Phones, clock: Frozen) -> None:
    await _bound(phones, clock, 0)
    made = await crowd.frozen()
    one = await _tried(crowd, made)
    await _deliver()
    told = await trial.show(made, one, actor=PREPARER)
    assert (told["state"], told["reason"], told["reason_name"]) == ("not_sent", "no_credit", "未授权接收此类消息")


async def test_it_tells_that_the_template_is_stopped(crowd: Crowd, phones: Phones, clock: Frozen) -> None:
    await _bound(phones, clock, 1)
    made = await crowd.frozen()
    one = await _tried(crowd, made)
    await db.execute("UPDATE message_templates SET state = 'stopped'")
    await _deliver()
    told = await trial.show(made, one, actor=PREPARER)
    assert (told["reason"], told["reason_name"]) == ("template_stopped", "消息模板已停用")
    assert told["state"] == "waiting"
    assert told["due_at"] is not None


async def test_it_is_shown_to_nobody_else_and_of_no_other_thing(crowd: Crowd, phones: Phones, clock: Frozen) -> None:
    await _bound(phones, clock, 1)
    made, other = await crowd.frozen(), await crowd.frozen()
    one = await _tried(crowd, made)
    colleague = await add_staff(Grant(Role.PUBLISHER))
    for asked, trial_id, actor in ((made, new_id(), PREPARER), (other, one, PREPARER), (made, one, colleague)):
        with pytest.raises(errors.TrialUnknown):
            await trial.show(asked, trial_id, actor=actor)
    with pytest.raises(Forbidden):
        await trial.show(made, one, actor=RELEASER)
