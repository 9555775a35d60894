"""A round begins as it was signed, pauses, goes on, is cancelled and ends; what was picked stands."""

import asyncio
from datetime import timedelta

import pytest

from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.states import WrongState
from backend.runtime import Runtime
from backend.visits.campaigns import proposing, queries, releasing
from backend.visits.campaigns.errors import (
    ListChanged,
    SamePerson,
    TooLate,
)
from backend.visits.campaigns.states import CampaignState
from backend.visits.models import Visit
from backend.visits.states import VisitState
from tests.backend.visits.campaigns.rounds import (
    frozen,
    manager,
    note,
    pick,
    proposed,
    small,
    states,
    worked,
)
from tests.backend.visits.campaigns.rounds import running as begun
from tests.backend.visits.people import inbox, notices, visitor

pytestmark = pytest.mark.usefixtures("running", "clock")


async def test_a_list_that_was_touched_is_not_released() -> None:
    chief, someone = await manager(), await visitor()
    await small(1)
    one = await frozen([someone], chief)
    await db.execute("UPDATE visit_campaign_targets SET week = week + 7")
    with pytest.raises(ListChanged):
        await releasing.release(one.id, one.digest or "", actor=chief)


async def test_a_long_list_is_released_by_somebody_who_had_no_hand_in_it(
    running: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = running.settings.model_copy(update={"release_above": 1})
    others = {name: getattr(running, name) for name in running.__slots__}
    monkeypatch.setattr("backend.runtime._current", [type(running)(**{**others, "settings": few})])
    chief, other, someone = await manager(), await manager(), await visitor()
    for number in (1, 2):
        await small(number)
    one = await frozen([someone], chief)
    assert one.state is CampaignState.RELEASE_WANTED
    assert [await notices(who) for who in (other, chief)] == [["campaign_release_wanted"], []]
    with pytest.raises(SamePerson):
        await releasing.release(one.id, one.digest or "", actor=chief)
    people = [other, await manager(), await manager()]
    got = await asyncio.gather(
        *(releasing.release(one.id, one.digest or "", actor=who) for who in people), return_exceptions=True
    )
    assert sum(isinstance(each, WrongState) for each in got) == 2


async def test_a_pause_asks_nobody_and_a_resume_goes_on() -> None:
    chief, someone = await manager(), await visitor()
    await small(1)
    one = await begun([someone], chief)
    await releasing.pause(one.id, actor=chief)
    await worked(one.id)
    assert await states(one.id) == {"waiting": 1}
    await releasing.resume(one.id, actor=chief)
    await worked(one.id)
    assert await states(one.id) == {"proposed": 1}
    with pytest.raises(WrongState):
        await releasing.resume(one.id, actor=chief)


async def test_a_cancel_tells_who_was_asked_once_and_picks_stand() -> None:
    chief, someone = await manager(), await visitor()
    (first, here), (second, _) = await small(1), await small(2)
    one = await begun([someone], chief)
    await worked(one.id)
    made = await pick(await proposed(one.id, here, first))
    await releasing.cancel(one.id, "任务调整", actor=chief)
    for _ in range(2):
        async with db.transaction():
            await proposing.call_off([note(releasing.CANCEL, one.id)])
    assert await states(one.id) == {"picked": 1, "cancelled": 1}
    assert await inbox(second) == ["visit_campaign", "visit_campaign_cancelled"]
    assert (await Visit.get(id=made.id)).state is VisitState.CONFIRMED
    with pytest.raises(WrongState):
        await releasing.pause(one.id, actor=chief)


async def test_a_round_ends_with_its_last_week(clock: Frozen) -> None:
    chief, someone = await manager(), await visitor()
    await small(1)
    one = await begun([someone], chief)
    late = await frozen([someone], chief)
    clock.advance(timedelta(days=21))
    await proposing.sweep()
    assert (await queries.detail(chief, one.id))["state"] == CampaignState.DONE
    assert await states(one.id) == {"cancelled": 1}
    with pytest.raises(TooLate):
        await releasing.release(late.id, late.digest or "", actor=chief)
