"""Gives, revokes and finds consents: who agreed to which text, when, by what way."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from backend import audit
from backend.access import Actor, ActorKind
from backend.consents.errors import ConsentNeeded, TextChanged
from backend.consents.texts import text
from backend.foundation import clock, db
from backend.foundation.errors import Forbidden, NotFound
from backend.foundation.ids import new_id

_GIVE: Final = """
INSERT INTO consents (id, person_id, purpose, text_version, text_hash, given_at, given_from)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (person_id, purpose, text_version) WHERE revoked_at IS NULL DO NOTHING RETURNING id
"""
_REVOKE: Final = """
UPDATE consents SET revoked_at = $3 WHERE person_id = $1 AND purpose = ANY ($2::text[]) AND revoked_at IS NULL
RETURNING id
"""
_LATEST: Final = """
SELECT id, person_id, purpose, text_version, text_hash, given_at, given_from, revoked_at FROM consents
WHERE person_id = $1 AND purpose = $2 AND revoked_at IS NULL ORDER BY given_at DESC, id DESC LIMIT 1
"""
_PURPOSE: Final = "SELECT purpose FROM consents WHERE id = $1 AND person_id = $2"
_ALL: Final = """
SELECT id, purpose, text_version, given_at, given_from, revoked_at FROM consents WHERE person_id = $1 ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Consent:
    """One agreement to one version of one text."""

    id: UUID
    person_id: UUID
    purpose: str
    text_version: str
    text_hash: bytes
    given_at: datetime
    given_from: str | None
    revoked_at: datetime | None


def _person(actor: Actor) -> UUID:
    """Only a person himself can consent; nobody does it for him."""
    if actor.kind is not ActorKind.OWNER or actor.id is None:
        raise Forbidden(sentence="只有本人可以表示同意或者撤回。")
    return actor.id


async def give(actor: Actor, purpose: str, *, version: str, given_from: str | None = None) -> Consent:
    """Note that the person agrees to the version he was shown; again changes nothing.

    Raises TextChanged when another version is in force by now. `given_from` tells the way, such as "mini_program".
    """
    person, shown = _person(actor), text(purpose)
    if version != shown.version:
        raise TextChanged
    async with db.transaction():
        new = await db.fetch_value(
            _GIVE, new_id(), person, purpose, shown.version, shown.digest, clock.now(), given_from
        )
        if new:
            await audit.record(
                actor, "consents.given", table="consents", row_id=new, detail={"purpose": purpose, "version": version}
            )
        consent = await latest(person, purpose)
    if consent is None:
        raise ConsentNeeded(purpose)
    return consent


async def revoke(actor: Actor, purpose: str) -> bool:
    """Take a consent back, all versions of it, from now on; False if there was none."""
    return await revoke_all(actor, _person(actor), [purpose]) > 0


async def revoke_one(actor: Actor, consent_id: UUID) -> str:
    """Take back what one of his consents was about, older versions of it too, and return that purpose.

    Again changes nothing; raises NotFound for one that is not the actor's.
    """
    person = _person(actor)
    purpose: str | None = await db.fetch_value(_PURPOSE, consent_id, person)
    if purpose is None:
        raise NotFound
    await revoke_all(actor, person, [purpose])
    return purpose


async def revoke_all(actor: Actor, person_id: UUID, purposes: list[str]) -> int:
    """Take a person's consents to several purposes back, on his own word or because he leaves."""
    async with db.transaction():
        gone = await db.fetch(_REVOKE, person_id, purposes, clock.now())
        await audit.record_many(
            actor, [audit.Entry("consents.revoked", "consents", row["id"], ("revoked_at",)) for row in gone]
        )
    return len(gone)


async def latest(person_id: UUID, purpose: str) -> Consent | None:
    """Return the live consent given last, of whatever version, or None."""
    row = await db.fetch_one(_LATEST, person_id, purpose)
    return Consent(*row.values()) if row else None


async def require(person_id: UUID, purpose: str) -> Consent:
    """Return the live consent to the text in force; raises ConsentNeeded, also when only an older one was agreed to."""
    consent = await latest(person_id, purpose)
    if consent is None or consent.text_version != text(purpose).version:
        raise ConsentNeeded(purpose)
    return consent


async def mine(actor: Actor) -> list[dict[str, Any]]:
    """Return everything the actor ever agreed to or took back."""
    return await given_by(_person(actor))


async def given_by(person_id: UUID) -> list[dict[str, Any]]:
    """Return everything a person ever agreed to or took back."""
    return [dict(row) for row in await db.fetch(_ALL, person_id)]
