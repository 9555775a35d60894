"""Whom a matter is for who has no account: name and phone as he told them, sealed, masked, revealed for a reason."""

import re
from typing import Final
from uuid import UUID

from backend import audit, runtime
from backend.access import Actor
from backend.cases import writing
from backend.cases.errors import ContactUnknown, PhoneWrong
from backend.foundation import clock, db
from backend.foundation.errors import FieldError
from backend.foundation.secrets import mask_name, mask_phone
from backend.identity.contacts import normal_phone

TABLE: Final = "case_contacts"
HANDLE: Final = "cases.handle"
_NUMBER: Final = re.compile(r"1\d{10}|0\d{9,11}")

_KEEP: Final = """
INSERT INTO case_contacts (id, name_sealed, phone_sealed, taken_by, taken_at) VALUES ($1, $2, $3, $4, $5)
"""
_ONE: Final = "SELECT name_sealed, phone_sealed FROM case_contacts WHERE id = $1"


async def keep(case_id: UUID, name: str, phone: str | None, *, actor: Actor) -> None:
    """Note who stands behind a case, in the transaction that opens it; raises PhoneWrong."""
    vault = runtime.current().vault
    sealed = vault.encrypt(name, table=TABLE, column="name_sealed", row=case_id)
    number = None if phone is None else _sealed_phone(case_id, phone)
    await db.execute(_KEEP, case_id, sealed, number, actor.id, clock.now())


def _sealed_phone(case_id: UUID, phone: str) -> bytes:
    plain = normal_phone("86", phone)
    if not _NUMBER.fullmatch(plain):
        raise PhoneWrong(fields=(FieldError("contact.phone", "pattern", PhoneWrong.sentence),))
    return runtime.current().vault.encrypt(plain, table=TABLE, column="phone_sealed", row=case_id)


async def masked(case_id: UUID) -> dict[str, str | None] | None:
    """Return name and phone as lists show them, None where nothing is known."""
    found = await _opened(case_id)
    if found is None:
        return None
    name, phone = found
    return {"name": mask_name(name), "phone": mask_phone(phone) if phone else None}


async def reveal(case_id: UUID, reason: str, *, actor: Actor) -> dict[str, str | None]:
    """Return name and phone in clear to whoever handles the case and says why; the reason is in the trail."""
    async with writing.changing(case_id, actor, permission=HANDLE) as case:
        found = await _opened(case.id)
        if found is None:
            raise ContactUnknown
        detail = {"reason": reason}
        await audit.record(actor, "cases.contact_revealed", table=writing.TABLE, row_id=case.id, detail=detail)
        return {"name": found[0], "phone": found[1]}


async def _opened(case_id: UUID) -> tuple[str, str | None] | None:
    row = await db.fetch_one(_ONE, case_id)
    if row is None:
        return None
    vault = runtime.current().vault
    name = vault.decrypt(row["name_sealed"], table=TABLE, column="name_sealed", row=case_id)
    if row["phone_sealed"] is None:
        return name, None
    return name, vault.decrypt(row["phone_sealed"], table=TABLE, column="phone_sealed", row=case_id)
