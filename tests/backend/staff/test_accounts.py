"""Accounts: rules for passwords, exclusive roles, units."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher

from backend import staff
from backend.access import SYSTEM, Actor, ActorKind, Grant, Role
from backend.enterprises.divisions import DISTRICTS
from backend.foundation import db
from backend.foundation.clock import Frozen, now
from backend.foundation.errors import Forbidden, Invalid, NotFound
from backend.foundation.ids import new_id
from backend.staff import passwords
from backend.staff.errors import (
    HasLeft,
    LoginTaken,
    OwnAccount,
    RolesExclude,
    SessionEnded,
    SignInFailed,
    StaffNotFound,
    UnitTaken,
    WeakPassword,
)
from tests.backend.staff.conftest import Person


@pytest.mark.parametrize(
    "password", ["Short-1abc"[:9], "alllowercase", "lowercase-only", "12345678901", "My-wang-Pass1", "A1-" + "b" * 126]
)
def test_a_weak_password_is_refused(password: str) -> None:
    with pytest.raises(WeakPassword):
        passwords.check_rules(password, login="wang")


@pytest.mark.parametrize("password", ["Abcdefghi1", "abcdefgh-1", "密码密码密码密码aB", "ABCDEFGH-1"])
def test_ten_characters_of_three_classes_are_enough(password: str) -> None:
    passwords.check_rules(password, login="wang")


def test_generated_passwords_keep_the_rules_and_differ() -> None:
    made = {passwords.generate(login="li") for _ in range(200)}
    assert len(made) == 200
    for password in made:
        passwords.check_rules(password, login="li")


def test_the_service_hashes_as_owasp_advises() -> None:
    made = PasswordHasher.from_parameters(passwords.PARAMETERS).hash("x")
    assert made.startswith("$argon2id$v=19$m=47104,t=1,p=1$")


async def _actor(person: Person) -> Actor:
    opened = await person.sign_in()
    return await staff.by_token(opened.token, None, changes=False)


async def test_the_last_five_passwords_cannot_come_back(wang: Person) -> None:
    actor = await _actor(wang)
    used = [wang.credentials.password, *(f"Password-no-{n}" for n in range(1, 6))]
    for current, new in itertools.pairwise(used):
        await staff.change_password(actor, current, new)
    for old in used[1:]:
        with pytest.raises(WeakPassword, match="最近 5 次"):
            await staff.change_password(actor, used[-1], old)
    await staff.change_password(actor, used[-1], used[0])


async def test_changing_the_password_ends_the_other_sessions(wang: Person, clock: Frozen) -> None:
    other = await wang.sign_in()
    clock.advance(timedelta(seconds=30))
    mine = await wang.sign_in()
    actor = await staff.by_token(mine.token, None, changes=False)
    await staff.change_password(actor, wang.credentials.password, "Another-pass-9")
    await staff.by_token(mine.token, None, changes=False)
    with pytest.raises(SessionEnded):
        await staff.by_token(other.token, None, changes=False)


async def test_a_wrong_current_password_counts_and_locks(wang: Person) -> None:
    actor = await _actor(wang)
    for _ in range(6):
        with pytest.raises(SignInFailed):
            await staff.change_password(actor, "Wrong-password-1", "Another-pass-9")
    with pytest.raises(SignInFailed):
        await staff.change_password(actor, wang.credentials.password, "Another-pass-9")


async def test_a_reset_gives_new_secrets_ends_sessions_and_lifts_the_lock(wang: Person) -> None:
    opened = await wang.sign_in()
    for _ in range(5):
        with pytest.raises(SignInFailed):
            await wang.sign_in(password="Wrong-password-1")
    fresh = Person(await staff.reset(wang.credentials.staff_id, actor=SYSTEM))
    with pytest.raises(SessionEnded):
        await staff.by_token(opened.token, None, changes=False)
    with pytest.raises(SignInFailed):
        await wang.sign_in(code=fresh.code())
    with pytest.raises(SignInFailed):
        await fresh.sign_in(code=wang.credentials.recovery_codes[0])
    assert (await _actor(fresh)).grants == ()


@pytest.mark.usefixtures("wang")
async def test_one_login_name_is_one_account() -> None:
    results = await asyncio.gather(*(staff.create_staff("Li", "李雷") for _ in range(5)), return_exceptions=True)
    assert sum(isinstance(result, LoginTaken) for result in results) == 4
    assert not [r for r in results if isinstance(r, BaseException) and not isinstance(r, LoginTaken)]


@pytest.mark.parametrize(("login", "name"), [("1abc", "王"), ("王芳", "王"), ("a", "王"), ("wang!", "王"), ("ok", " ")])
@pytest.mark.usefixtures("wang")
async def test_names_are_checked(login: str, name: str) -> None:
    with pytest.raises(Invalid):
        await staff.create_staff(login, name)


EXCLUSIVE = [Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDITOR]


async def test_exclusive_roles_race_for_one_person_and_one_wins(wang: Person) -> None:
    attempts = [staff.grant(wang.credentials.staff_id, [Grant(role)], actor=SYSTEM) for role in EXCLUSIVE * 3]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    assert any(isinstance(result, list) for result in results)
    assert all(isinstance(result, list | RolesExclude) for result in results)
    roles = await db.fetch("SELECT DISTINCT role FROM staff_grants WHERE role <> 'publisher'")
    assert len(roles) == 1


async def test_the_database_itself_keeps_exclusive_roles_apart(wang: Person) -> None:
    sql = "INSERT INTO staff_grants (id, staff_id, role, granted_at) VALUES ($1, $2, $3, $4)"
    await db.execute(sql, new_id(), wang.credentials.staff_id, "auditor", now())
    with pytest.raises(Exception, match="staff_grants_exclusive"):
        await db.execute(sql, new_id(), wang.credentials.staff_id, "system_administrator", now())


async def test_exclusive_roles_may_follow_one_another(wang: Person, clock: Frozen) -> None:
    until = now() + timedelta(days=1)
    await staff.grant(wang.credentials.staff_id, [Grant(Role.AUDITOR, until=until)], actor=SYSTEM)
    with pytest.raises(RolesExclude):
        await staff.grant(wang.credentials.staff_id, [Grant(Role.SYSTEM_ADMINISTRATOR)], actor=SYSTEM)
    clock.advance(timedelta(days=1))
    await staff.grant(wang.credentials.staff_id, [Grant(Role.SYSTEM_ADMINISTRATOR)], actor=SYSTEM)


@pytest.mark.usefixtures("wang")
async def test_two_exclusive_roles_in_one_grant_are_refused() -> None:
    with pytest.raises(RolesExclude):
        await staff.create_staff("li", "李雷", EXCLUSIVE[:2])
    assert await db.fetch_value("SELECT count(*) FROM staff") == 1


@pytest.mark.parametrize(
    "grant",
    [
        Grant(Role.VISITOR, districts=("湖州",)),
        Grant(Role.VISITOR, districts=("３３０５０２",)),
        Grant(Role.VISITOR, capabilities=("enterprises", "everything")),
        Grant(Role.VISITOR, unit_id=new_id()),
        Grant(Role.VISITOR, until=datetime(2026, 1, 1, tzinfo=UTC)),
    ],
)
async def test_a_wrong_grant_is_refused(wang: Person, grant: Grant) -> None:
    with pytest.raises(Invalid):
        await staff.grant(wang.credentials.staff_id, [grant], actor=SYSTEM)


async def test_a_functional_zone_is_a_place_like_a_county(wang: Person) -> None:
    assert {len(code) for code in DISTRICTS} == {6, 7}
    await staff.grant(wang.credentials.staff_id, [Grant(Role.MANAGER, districts=tuple(DISTRICTS))], actor=SYSTEM)


async def test_nobody_manages_his_own_account_and_only_some_manage_any(wang: Person) -> None:
    publisher = await _actor(wang)
    with pytest.raises(Forbidden):
        await staff.create_staff("li", "李雷", actor=publisher)
    boss = Actor(ActorKind.STAFF, wang.credentials.staff_id, grants=(Grant(Role.SECURITY_ADMINISTRATOR),))
    for attempt in (
        staff.grant(wang.credentials.staff_id, [Grant(Role.MANAGER)], actor=boss),
        staff.leave(wang.credentials.staff_id, actor=boss),
        staff.reset(wang.credentials.staff_id, actor=boss),
    ):
        with pytest.raises(OwnAccount):
            await attempt
    with pytest.raises(StaffNotFound):
        await staff.leave(new_id(), actor=boss)
    with pytest.raises(NotFound):
        await staff.end_grant(new_id(), new_id(), actor=boss)


async def test_a_leaver_is_granted_nothing_more(wang: Person) -> None:
    await staff.leave(wang.credentials.staff_id, actor=SYSTEM)
    await staff.leave(wang.credentials.staff_id, actor=SYSTEM)
    with pytest.raises(HasLeft):
        await staff.grant(wang.credentials.staff_id, [Grant(Role.MANAGER)], actor=SYSTEM)
    with pytest.raises(HasLeft):
        await staff.reset(wang.credentials.staff_id, actor=SYSTEM)
    assert await db.fetch_value("SELECT count(*) FROM staff_grants WHERE ended_at IS NULL") == 0


@pytest.mark.usefixtures("wang")
async def test_units_have_names_of_their_own() -> None:
    bureau = await staff.create_unit("湖州市市场监督管理局", actor=SYSTEM)
    await staff.create_unit("吴兴分局", parent_id=bureau, district="330502", actor=SYSTEM)
    with pytest.raises(UnitTaken):
        await staff.create_unit("吴兴分局", actor=SYSTEM)
    with pytest.raises(Invalid):
        await staff.create_unit("德清分局", parent_id=new_id(), actor=SYSTEM)


async def test_no_secret_is_kept_readable(wang: Person) -> None:
    tables = ["staff", "staff_passwords", "staff_recovery_codes"]
    stored = [str(dict(row)) for table in tables for row in await db.fetch(f"SELECT * FROM {table}")]
    secrets = [wang.credentials.password, wang.secret, *wang.credentials.recovery_codes]
    assert not [secret for secret in secrets for row in stored if secret in row or secret.replace("-", "") in row]
