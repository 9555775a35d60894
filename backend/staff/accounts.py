"""Commands on accounts: create, reset, change one's password, leave."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from backend import audit, outbox
from backend.access import SYSTEM, Actor, Grant, Role
from backend.foundation import clock, db
from backend.foundation.db import refuse_in_transaction, savepoint, transaction
from backend.foundation.errors import FieldError, Invalid
from backend.foundation.ids import new_id
from backend.staff import attempts, grants, passwords, second_factor, sessions
from backend.staff.errors import HasLeft, LoginTaken, OwnAccount, SignInFailed, StaffNotFound
from backend.staff.models import Staff, StaffState
from backend.staff.sign_in import normal_login

MANAGE = "staff.manage"
LEFT_TOPIC: Final = "staff.left"
"""Outbox topic: somebody has left, end what is his elsewhere; payload {staff_id}."""
LOGIN: Final = re.compile(r"[a-z][a-z0-9._-]{1,31}")
LONGEST_NAME = 50

_ACCOUNT = "SELECT id, login, password_hash FROM staff WHERE id = $1 AND state = 'active'"
_LAST_HASHES = "SELECT password_hash FROM staff_passwords WHERE staff_id = $1 ORDER BY id DESC LIMIT $2"
_CHANGE = """
UPDATE staff SET password_hash = $2, must_change_password = $3 WHERE id = $1 AND password_hash = $4 AND state = 'active'
"""
_FORGET_OLDER = """
DELETE FROM staff_passwords WHERE staff_id = $1 AND id NOT IN (
    SELECT id FROM staff_passwords WHERE staff_id = $1 ORDER BY id DESC LIMIT $2)
"""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a new or reset account is handed, once: nothing of it can be read again."""

    staff_id: UUID
    login: str
    password: str = field(repr=False)
    otpauth_uri: str = field(repr=False)
    recovery_codes: tuple[str, ...] = field(repr=False)


async def create_staff(
    login: str,
    name: str,
    roles: Sequence[Role | Grant] = (),
    *,
    unit_id: UUID | None = None,
    password: str | None = None,
    must_change_password: bool = True,
    actor: Actor = SYSTEM,
) -> Credentials:
    """Open an account with a generated password, a second factor and its grants.

    The password must be changed at the first sign-in, until then the grants are not in force; demonstration accounts
    are made with `must_change_password=False`. Raises LoginTaken, RolesExclude.
    """
    actor.require(MANAGE)
    login, name = _checked(login, name)
    chosen = password or passwords.generate(login=login)
    passwords.check_rules(chosen, login=login)
    hashed = await passwords.hash_password(chosen)
    secret, staff_id = second_factor.new_secret(), new_id()
    async with transaction():
        try:
            async with savepoint():
                await Staff.create(
                    id=staff_id,
                    login=login,
                    name=name,
                    unit_id=unit_id,
                    password_hash=hashed,
                    must_change_password=must_change_password,
                    totp_secret=second_factor.seal(secret, staff_id),
                    created_at=clock.now(),
                )
        except IntegrityError as error:
            raise _create_refusal(error) from error
        await _remember(staff_id, hashed)
        codes = await second_factor.replace_recovery_codes(staff_id)
        await audit.record(actor, "staff.created", table="staff", row_id=staff_id, fields=("login", "name", "unit_id"))
        wanted = [Grant(entry) if isinstance(entry, Role) else entry for entry in roles]
        await grants.add(staff_id, wanted, actor=actor)
    return Credentials(staff_id, login, chosen, second_factor.provisioning_uri(secret, login), tuple(codes))


def _create_refusal(error: IntegrityError) -> Exception:
    if getattr(error.__cause__, "constraint_name", "") == "staff_login_key":
        return LoginTaken()
    return Invalid(fields=(FieldError("unit_id", "unknown", "没有这个单位。"),))


def _checked(login: str, name: str) -> tuple[str, str]:
    login, name = normal_login(login), name.strip()
    wrong = []
    if not LOGIN.fullmatch(login):
        wrong.append(FieldError("login", "pattern", "登录名为 2 至 32 位小写字母、数字或 . _ -，以字母开头。"))
    if not 1 <= len(name) <= LONGEST_NAME or "\x00" in name:
        wrong.append(FieldError("name", "length", "姓名须为 1 至 50 个字。"))
    if wrong:
        raise Invalid(fields=tuple(wrong))
    return login, name


async def _remember(staff_id: UUID, hashed: str) -> None:
    sql = "INSERT INTO staff_passwords (id, staff_id, password_hash) VALUES ($1, $2, $3)"
    await db.execute(sql, new_id(), staff_id, hashed)
    await db.execute(_FORGET_OLDER, staff_id, passwords.REMEMBERED)


async def change_password(actor: Actor, current: str, new: str) -> None:
    """Set one's own password and end one's other sessions; raises SignInFailed or WeakPassword.

    A wrong current password counts like a failed sign-in, so it runs outside any transaction.
    """
    refuse_in_transaction()
    account = await db.fetch_one(_ACCOUNT, actor.id)
    if account is None:
        raise StaffNotFound
    passwords.check_rules(new, login=account["login"])
    is_open = await attempts.charge(account["login"])
    if not await passwords.verify(account["password_hash"], current) or not is_open:
        raise SignInFailed("当前密码不正确。连续 5 次失败将锁定 30 分钟。")
    await attempts.clear(account["login"])
    last = await db.fetch(_LAST_HASHES, account["id"], passwords.REMEMBERED)
    await passwords.check_unused(new, [row["password_hash"] for row in last])
    hashed = await passwords.hash_password(new)
    async with transaction():
        if not await db.execute(_CHANGE, account["id"], hashed, False, account["password_hash"]):
            raise HasLeft
        await _remember(account["id"], hashed)
        await sessions.end_all(account["id"], but=actor.session_id)
        await audit.record(
            actor, "staff.password_changed", table="staff", row_id=account["id"], fields=("password_hash",)
        )


async def reset(staff_id: UUID, *, actor: Actor) -> Credentials:
    """Give an account new credentials of every kind, end its sessions and lift its lock."""
    actor.require(MANAGE)
    if actor.id == staff_id:
        raise OwnAccount
    known = await Staff.get_or_none(id=staff_id)
    if known is None:
        raise StaffNotFound
    password, secret = passwords.generate(login=known.login), second_factor.new_secret()
    hashed = await passwords.hash_password(password)
    async with transaction():
        account = await grants.locked(staff_id)
        account.password_hash, account.must_change_password = hashed, True
        account.totp_secret, account.totp_step = second_factor.seal(secret, staff_id), 0
        await account.save_only("password_hash", "must_change_password", "totp_secret", "totp_step")
        await _remember(staff_id, hashed)
        codes = await second_factor.replace_recovery_codes(staff_id)
        await attempts.clear(account.login)
        await sessions.end_all(staff_id)
        fields = ("password_hash", "totp_secret")
        await audit.record(actor, "staff.reset", table="staff", row_id=staff_id, fields=fields)
    uri = second_factor.provisioning_uri(secret, account.login)
    return Credentials(staff_id, account.login, password, uri, tuple(codes))


async def leave(staff_id: UUID, *, actor: Actor) -> None:
    """End a leaver's account, grants and sessions in one moment; leaving twice changes nothing."""
    actor.require(MANAGE)
    if actor.id == staff_id:
        raise OwnAccount
    async with transaction():
        account = await Staff.select_for_update().get_or_none(id=staff_id)
        if account is None:
            raise StaffNotFound
        if account.state == StaffState.LEFT:
            return
        account.state, account.left_at = StaffState.LEFT, clock.now()
        await account.save_only("state", "left_at")
        await grants.end_all(staff_id)
        await sessions.end_all(staff_id)
        await outbox.put(LEFT_TOPIC, {"staff_id": str(staff_id)}, key=str(staff_id))
        await audit.record(actor, "staff.left", table="staff", row_id=staff_id, fields=("state",))
