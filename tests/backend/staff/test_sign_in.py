"""Staff sign-in: three secrets, one answer, five tries."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from backend import staff
from backend.access import SYSTEM, Role
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.staff import passwords, second_factor
from backend.staff.errors import SignInFailed
from tests.backend.staff.conftest import Person
from tests.support.sizes import scaled

_COUNTS = "SELECT failures, locked_until IS NOT NULL FROM staff_attempts"


async def _fails(attempt: Callable[[], Awaitable[object]]) -> None:
    with pytest.raises(SignInFailed) as caught:
        await attempt()
    assert str(caught.value) == SignInFailed.sentence


async def test_name_password_and_code_open_a_session(wang: Person) -> None:
    opened = await wang.sign_in()
    actor = await staff.by_token(opened.token, None, changes=False)
    assert (actor.id, actor.name) == (wang.credentials.staff_id, "王芳")
    assert actor.has_role(Role.PUBLISHER)
    assert actor.session_id == opened.id


async def test_the_login_name_is_known_in_any_case(wang: Person) -> None:
    opened = await staff.sign_in(" WANG ", wang.credentials.password, wang.code())
    assert opened.staff_id == wang.credentials.staff_id


async def test_whatever_is_wrong_the_answer_is_the_same(wang: Person) -> None:
    await _fails(lambda: wang.sign_in(password="Wrong-password-1"))
    await _fails(lambda: wang.sign_in(code="000000"))
    await _fails(lambda: staff.sign_in("nobody", wang.credentials.password, wang.code()))
    await _fails(lambda: wang.sign_in(code="not a code 五"))


async def test_a_code_is_good_once_even_for_racers(wang: Person) -> None:
    results = await asyncio.gather(*(wang.sign_in() for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(result, staff.Opened) for result in results) == 1
    assert sum(isinstance(result, SignInFailed) for result in results) == 3


async def test_a_code_of_an_older_step_is_refused_after_a_newer_one(wang: Person, clock: Frozen) -> None:
    older = wang.code()
    clock.advance(timedelta(seconds=30))
    await wang.sign_in()
    await _fails(lambda: wang.sign_in(code=older))


async def test_a_code_two_steps_old_is_refused(wang: Person, clock: Frozen) -> None:
    older = wang.code()
    clock.advance(timedelta(seconds=61))
    await _fails(lambda: wang.sign_in(code=older))


async def test_each_recovery_code_works_once(wang: Person) -> None:
    codes = wang.credentials.recovery_codes
    assert len(set(codes)) == 10
    await wang.sign_in(code=codes[0].lower())
    await wang.sign_in(code=codes[1].replace("-", ""))
    await _fails(lambda: wang.sign_in(code=codes[0]))


async def test_five_failures_lock_for_thirty_minutes(wang: Person, clock: Frozen) -> None:
    for _ in range(5):
        await _fails(lambda: wang.sign_in(password="Wrong-password-1"))
    await _fails(wang.sign_in)
    clock.advance(timedelta(minutes=29, seconds=59))
    await _fails(wang.sign_in)
    clock.advance(timedelta(seconds=1))
    await wang.sign_in()


async def test_a_success_forgets_the_failures(wang: Person, clock: Frozen) -> None:
    for _ in range(3):
        for _ in range(4):
            await _fails(lambda: wang.sign_in(password="Wrong-password-1"))
        await wang.sign_in()
        clock.advance(timedelta(seconds=30))


async def test_after_a_lock_the_count_begins_again(wang: Person, clock: Frozen) -> None:
    for _ in range(5):
        await _fails(lambda: wang.sign_in(password="Wrong-password-1"))
    clock.advance(timedelta(minutes=30))
    for _ in range(4):
        await _fails(lambda: wang.sign_in(password="Wrong-password-1"))
    await wang.sign_in()


async def test_of_fifty_attempts_at_once_five_are_looked_at(wang: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = 0
    real = passwords.verify

    async def counting(stored: str | None, _password: str) -> bool:
        nonlocal looked_at
        if stored is not None:
            looked_at += 1
        return False

    monkeypatch.setattr(passwords, "verify", counting)
    count = max(10, scaled(50))
    results = await asyncio.gather(
        *(wang.sign_in(password=f"Guess-number-{n}") for n in range(count)), return_exceptions=True
    )
    assert all(isinstance(result, SignInFailed) for result in results)
    assert looked_at == count, "the stand-in for the hash was not asked"
    assert [tuple(row) for row in await db.fetch(_COUNTS)] == [(5, True)]
    monkeypatch.setattr(passwords, "verify", real)
    await _fails(wang.sign_in)


@pytest.mark.usefixtures("wang")
async def test_an_unknown_name_is_counted_and_locked_like_a_known_one() -> None:
    for _ in range(6):
        await _fails(lambda: staff.sign_in("nobody", "Wrong-password-1", "000000"))
    assert [tuple(row) for row in await db.fetch(_COUNTS)] == [(5, True)]


@pytest.mark.usefixtures("wang")
async def test_an_unknown_name_costs_the_same_work_as_a_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def watch(module: object, name: str, told: Callable[..., str]) -> None:
        real = getattr(module, name)

        def watched(*args: object) -> object:
            done.append(told(*args))
            return real(*args)

        monkeypatch.setattr(module, name, watched)

    for name in ("fetch_one", "fetch_value", "execute"):
        watch(db, name, lambda sql, *_: sql)
    watch(passwords, "_verify", lambda stored, _: stored.rpartition("$")[0].rpartition("$")[0])
    watch(second_factor, "_step", lambda *_: "code")
    work = []
    for login in ("wang", "nobody"):
        await _fails(lambda login=login: staff.sign_in(login, "Wrong-password-1", "000000"))  # type: ignore[misc]
        work.append(tuple(done))
        done.clear()
    assert work[0] == work[1]
    assert len(work[0]) == 5, "count, account, hash, code, recovery code"


async def test_a_leaver_cannot_sign_in(wang: Person) -> None:
    await staff.leave(wang.credentials.staff_id, actor=SYSTEM)
    await _fails(wang.sign_in)


async def test_a_sign_in_never_runs_inside_a_transaction(wang: Person) -> None:
    async with db.transaction():
        with pytest.raises(db.CalledInsideTransaction):
            await wang.sign_in()
