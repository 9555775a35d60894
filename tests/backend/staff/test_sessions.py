"""Staff sessions: idle, absolute, CSRF, ended at once."""

from datetime import timedelta

import pytest

from backend import staff
from backend.access import SYSTEM, Grant, Role
from backend.foundation.clock import Frozen, now
from backend.foundation.errors import Forbidden
from backend.staff.errors import CsrfMismatch, SessionEnded
from tests.backend.staff.conftest import Person


async def _lives(opened: staff.Opened) -> bool:
    try:
        await staff.by_token(opened.token, None, changes=False)
    except SessionEnded:
        return False
    return True


async def test_thirty_idle_minutes_end_a_session(wang: Person, clock: Frozen) -> None:
    opened = await wang.sign_in()
    clock.advance(timedelta(minutes=29))
    assert await _lives(opened)
    clock.advance(timedelta(minutes=29))
    assert await _lives(opened)
    clock.advance(timedelta(minutes=30))
    assert not await _lives(opened)


async def test_eight_hours_end_a_session_that_is_never_idle(wang: Person, clock: Frozen) -> None:
    opened = await wang.sign_in()
    for _ in range(23):
        clock.advance(timedelta(minutes=20))
        assert await _lives(opened)
    clock.advance(timedelta(minutes=20))
    assert not await _lives(opened)


async def test_a_change_needs_the_csrf_token_of_this_very_session(wang: Person, clock: Frozen) -> None:
    opened = await wang.sign_in()
    clock.advance(timedelta(seconds=30))
    other = await wang.sign_in()
    await staff.by_token(opened.token, opened.csrf, changes=True)
    for csrf in (None, "", "x", other.csrf, opened.token):
        with pytest.raises(CsrfMismatch):
            await staff.by_token(opened.token, csrf, changes=True)


@pytest.mark.parametrize("token", ["", "x", "a" * 43])
async def test_an_unknown_token_is_nobodys(wang: Person, token: str) -> None:
    await wang.sign_in()
    with pytest.raises(SessionEnded):
        await staff.by_token(token, None, changes=False)


async def test_signing_out_ends_one_session_and_leaves_the_other(wang: Person, clock: Frozen) -> None:
    first = await wang.sign_in()
    clock.advance(timedelta(seconds=30))
    second = await wang.sign_in()
    await staff.end_session(first.id)
    assert (await _lives(first), await _lives(second)) == (False, True)


async def test_a_leavers_sessions_and_grants_end_at_once(wang: Person) -> None:
    opened = await wang.sign_in()
    await staff.leave(wang.credentials.staff_id, actor=SYSTEM)
    assert not await _lives(opened)


async def test_a_new_grant_counts_at_the_next_request_and_ends_by_its_time(wang: Person, clock: Frozen) -> None:
    opened = await wang.sign_in()
    wanted = Grant(Role.REVIEWER, districts=("330502",), until=now() + timedelta(minutes=10))
    [grant_id] = await staff.grant(wang.credentials.staff_id, [wanted], actor=SYSTEM)
    actor = await staff.by_token(opened.token, None, changes=False)
    assert actor.can("policies.review")
    assert actor.districts("policies.review") == ("330502",)
    clock.advance(timedelta(minutes=10))
    assert not actor.can("policies.review"), "an actor that lives on must see the end of its grant"
    assert not (await staff.by_token(opened.token, None, changes=False)).can("policies.review")
    await staff.end_grant(wang.credentials.staff_id, grant_id, actor=SYSTEM)


@pytest.mark.usefixtures("wang")
async def test_nothing_is_granted_before_the_generated_password_is_changed() -> None:
    made = Person(await staff.create_staff("li", "李雷", [Role.MANAGER]))
    opened = await made.sign_in()
    actor = await staff.by_token(opened.token, None, changes=False)
    assert actor.grants == ()
    with pytest.raises(Forbidden, match="请先修改初始密码"):
        actor.require("enterprises.read")
    await staff.change_password(actor, made.credentials.password, "Another-pass-9")
    assert (await staff.by_token(opened.token, None, changes=False)).has_role(Role.MANAGER)


async def test_what_a_console_asks_by_itself_keeps_no_session_alive(wang: Person, clock: Frozen) -> None:
    opened = await wang.sign_in()
    for _ in range(2):
        clock.advance(timedelta(minutes=14))
        await staff.by_token(opened.token, None, changes=False, is_use=False)
    clock.advance(timedelta(minutes=2))
    assert not await _lives(opened)


async def test_a_session_tells_when_it_ends(wang: Person, clock: Frozen) -> None:
    opened = await wang.sign_in()
    clock.advance(timedelta(minutes=20))
    told = await staff.session_ends(opened.id)
    assert (told.idle_left, told.left) == (timedelta(minutes=10), timedelta(hours=7, minutes=40))
    assert told.ends_at == opened.ends_at
    await staff.by_token(opened.token, None, changes=False)
    assert (await staff.session_ends(opened.id)).idle_left == timedelta(minutes=30)


async def test_an_ended_session_has_no_end_to_tell(wang: Person) -> None:
    opened = await wang.sign_in()
    await staff.end_session(opened.id)
    with pytest.raises(SessionEnded):
        await staff.session_ends(opened.id)
