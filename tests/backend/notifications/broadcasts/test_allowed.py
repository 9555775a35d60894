"""What is offered to do with a broadcast: by state, by permission for the whole city, and by who had a hand in it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from backend.access import Actor, ActorKind, Grant, Role
from backend.foundation import clock as clock_module
from backend.foundation.ids import new_id
from backend.notifications.broadcasts.allowed import Standing, may
from backend.notifications.broadcasts.states import BROADCAST, BroadcastState

S = BroadcastState
MAKER, RELEASER = (
    Actor(ActorKind.STAFF, new_id(), grants=(Grant(Role.PUBLISHER), Grant(Role.MANAGER))),
    Actor(ActorKind.STAFF, new_id(), grants=(Grant(Role.REVIEWER),)),
)


def _standing(state: BroadcastState, *, recurring: bool = False, hours: int = 1, listed: bool = True) -> Standing:
    assert MAKER.id
    return Standing(state, recurring, clock_module.now() + timedelta(hours=hours), (MAKER.id,), listed)


@pytest.mark.parametrize(
    ("state", "maker", "releaser"),
    [
        (S.DRAFT, {"freeze", "test", "cancel"}, {"cancel"}),
        (S.FROZEN, {"test", "release", "cancel"}, {"release", "cancel"}),
        (S.RELEASE_WANTED, {"test", "cancel"}, {"release", "cancel"}),
        (S.RELEASED, {"test", "pause", "cancel"}, {"pause", "cancel"}),
        (S.SENDING, {"test", "pause", "cancel", "resend"}, {"pause", "cancel", "resend"}),
        (S.PAUSED, {"test", "resume", "cancel"}, {"resume", "cancel"}),
        (S.DONE, {"resend"}, {"resend"}),
        (S.CANCELLED, set(), set()),
    ],
)
def test_every_state_offers_its_acts(state: BroadcastState, maker: set[str], releaser: set[str]) -> None:
    assert set(may(MAKER, _standing(state))) == maker | {"report"}
    assert set(may(RELEASER, _standing(state))) == releaser | {"report"}


def test_what_is_over_or_recurring_is_not_offered_as_if_it_were_not() -> None:
    assert "release" not in may(RELEASER, _standing(S.FROZEN, hours=-1))
    assert "resend" not in may(RELEASER, _standing(S.DONE, hours=-1))
    went_on = replace(_standing(S.DONE), resumed_at=clock_module.now())
    assert "resend" not in may(RELEASER, went_on)
    assert set(may(MAKER, _standing(S.DRAFT, recurring=True, listed=False))) == {"test", "release", "cancel"}
    assert set(may(MAKER, _standing(S.RELEASED, recurring=True, listed=False))) == {"test", "cancel"}
    assert all(BROADCAST.allows(state, S.CANCELLED) for state in set(S) - {S.DONE, S.CANCELLED})


def test_a_grant_for_a_district_offers_nothing() -> None:
    local = Actor(ActorKind.STAFF, new_id(), grants=(Grant(Role.REVIEWER, districts=("330502",)),))
    assert may(local, _standing(S.FROZEN)) == []
