"""Owners, enterprises and staff, straight into the tables: for tests that are not about how they come about."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher

from backend.access import Actor, ActorKind, Grant, Role
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.identity import contacts
from backend.runtime import Runtime

PASSWORD = "Matrix-pass-1"
_HASH = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)

_PERSON = """
INSERT INTO persons (id, phone_sealed, phone_index, phone_verified_at, created_at) VALUES ($1, $2, $3, $4, $4)
ON CONFLICT DO NOTHING
"""
_ACCOUNT = """
INSERT INTO wechat_accounts (id, person_id, appid, openid, created_at, last_seen_at) VALUES ($1, $2, $3, $4, $5, $5)
ON CONFLICT DO NOTHING
"""
_ENTERPRISE = """
INSERT INTO enterprises
    (id, uscc, name, representative_sealed, representative_index, phone_sealed, phone_index, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_STAFF = """
INSERT INTO staff (id, login, name, password_hash, must_change_password, totp_secret, created_at)
VALUES ($1, $2, $3, $4, FALSE, '', $5) ON CONFLICT DO NOTHING
"""


async def add_person(running: Runtime, phone: str, *, person_id: UUID | None = None) -> Actor:
    """Write an owner with a verified phone and a WeChat account."""
    person_id, vault = person_id or new_id(), running.vault
    sealed = vault.encrypt(phone, table="persons", column="phone_sealed", row=person_id)
    await db.execute(_PERSON, person_id, sealed, vault.blind_index(phone, column=contacts.PHONE), clock.now())
    openid = f"openid-{person_id.hex}"
    await db.execute(_ACCOUNT, new_id(), person_id, running.settings.wechat_appid, openid, clock.now())
    return Actor(ActorKind.OWNER, person_id)


async def add_enterprise(running: Runtime, uscc: str, representative: str, phone: str, name: str = "") -> UUID:
    """Write an enterprise as the registry's import does."""
    enterprise_id, vault = new_id(), running.vault
    await db.execute(
        _ENTERPRISE,
        enterprise_id,
        uscc,
        name or f"湖州{representative}食品店",
        vault.encrypt(representative, table="enterprises", column="representative_sealed", row=enterprise_id),
        vault.blind_index(representative, column=contacts.REPRESENTATIVE),
        vault.encrypt(phone, table="enterprises", column="phone_sealed", row=enterprise_id),
        vault.blind_index(phone, column=contacts.PHONE),
        clock.now(),
    )
    return enterprise_id


async def add_binding(
    person: Actor, enterprise_id: UUID, role: str = "manager", *, age: timedelta = timedelta(days=400), **columns: Any
) -> UUID:
    """Bind a person as staff did long ago; `columns` replaces or adds any of the row's."""
    binding_id = new_id()
    created: datetime = clock.now() - age
    values = {"state": "active", "basis": "review", "created_at": created, **columns}
    marks = ", ".join(f"${n}" for n in range(5, 5 + len(values)))
    columns_sql = ", ".join(values)
    sql = f"INSERT INTO bindings (id, person_id, enterprise_id, role, {columns_sql}) VALUES ($1, $2, $3, $4, {marks})"
    await db.execute(sql, binding_id, person.id, enterprise_id, role, *values.values())
    return binding_id


async def add_staff(*grants: Grant, staff_id: UUID | None = None) -> Actor:
    """Write a staff account whose password is PASSWORD; a front desk without grants of its own."""
    staff_id = staff_id or new_id()
    await db.execute(_STAFF, staff_id, f"s{staff_id.hex[-12:]}", "工作人员", _HASH, clock.now())
    return Actor(ActorKind.STAFF, staff_id, "工作人员", grants or (Grant(Role.FRONT_DESK),))
