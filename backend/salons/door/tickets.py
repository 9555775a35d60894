"""The ticket of a sign-up: what its QR code says, and what a scanner without a network needs to read it.

Payload: version (1 byte, 2), name of the key (4), way (1: 0 hall, 1 online), salon (16), sign-up (16), nonce (8); then
64 bytes by which that key signs it (Ed25519, `foundation.tickets`). A scanner accepts what the key of that name
verifies, what is for its salon, for the hall, and whose nonce is not in the list of revoked ones. The way is signed
with the rest because it never changes: whoever would rather come by another leaves and signs up anew.

A ticket of version 1 names no key and no way: any of the keys may have signed it, and whether it is for the hall a
scanner without a network knows from the list of those expected alone.
"""

import base64
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import segno

from backend import audit
from backend.access import Actor
from backend.foundation import clock, db, tickets
from backend.foundation.secrets import signing_keys
from backend.foundation.tickets import KEY_ID, Forged
from backend.runtime import current
from backend.salons.door.times import opens_at, shuts_at
from backend.salons.errors import NoTicket, SalonUnknown, SignupUnknown
from backend.salons.messages import span
from backend.salons.seats import answering, moving
from backend.salons.states import SignupState
from backend.salons.visibility import RUN, signups_changed_by

VERSION: Final = 2
WITHOUT_WAY: Final = 1
"""The version of tickets that do not say by which way somebody comes, nor which key signed them."""
WAYS: Final = ("hall", "online")
"""A way's place here is how a ticket spells it."""
_BODY: Final = 40
"""Bytes of salon, sign-up and nonce."""
CODE: Final = 5
"""Bytes of the nonce in the code that is typed where no camera reads: 8 signs of base 32."""

_ONE: Final = """
SELECT g.id, g.salon_id, g.state, g.way, g.ticket_nonce, g.attendee, s.title, s.starts_at, s.ends_at, s.address
FROM salon_signups g JOIN salons s ON s.id = g.salon_id WHERE g.id = $1 AND {visible}
"""
# Of whoever lost a seat that was confirmed, and of whoever was issued another ticket.
_REVOKED: Final = """
SELECT ticket_nonce AS nonce FROM salon_signups
WHERE salon_id = $1 AND confirmed_at IS NOT NULL AND state NOT IN ('confirmed', 'attended', 'no_show')
UNION SELECT nonce FROM salon_reissues WHERE salon_id = $1 ORDER BY 1
"""
_SALON: Final = "SELECT id, title, starts_at, ends_at FROM salons WHERE id = $1"
_REISSUE: Final = """
WITH old AS (
    INSERT INTO salon_reissues (salon_id, nonce, signup_id, reason, at)
    SELECT salon_id, ticket_nonce, id, $2, $3 FROM salon_signups WHERE id = $1
)
UPDATE salon_signups SET ticket_nonce = substr(uuid_send(gen_random_uuid()), 9, 8) WHERE id = $1
"""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a ticket says; one of version 1 leaves its way open."""

    salon_id: UUID
    signup_id: UUID
    nonce: bytes
    way: str | None


def token(salon_id: UUID, signup_id: UUID, nonce: bytes, way: str) -> str:
    """Return what the QR code holds."""
    key = tickets.private_key(current().settings.signing_key.get_secret_value())
    head = bytes([VERSION]) + tickets.key_id(tickets.public_key(key)) + bytes([WAYS.index(way)])
    return tickets.sign(head + salon_id.bytes + signup_id.bytes + nonce, key)


def read(text: str, keys: Mapping[bytes, bytes] | None = None) -> Ticket:
    """Return what a ticket says; raises Forged. Pure when the public keys are given by their names."""
    known = public_keys() if keys is None else keys
    payload, signature = tickets.claimed(text)
    head, body = payload[:-_BODY], payload[-_BODY:]
    if len(body) != _BODY:
        raise Forged
    way, signers = _claimed(head, known)
    if not any(tickets.is_signed(payload, signature, public) for public in signers):
        raise Forged
    return Ticket(UUID(bytes=body[:16]), UUID(bytes=body[16:32]), body[32:], way)


def _claimed(head: bytes, known: Mapping[bytes, bytes]) -> tuple[str | None, Iterable[bytes]]:
    """Return the way that a ticket's head names, and which keys may have signed it."""
    if head == bytes([WITHOUT_WAY]):
        return None, known.values()
    if len(head) != KEY_ID + 2 or head[0] != VERSION or head[-1] >= len(WAYS):
        raise Forged
    named = known.get(head[1:-1])
    return WAYS[head[-1]], () if named is None else (named,)


def public_keys() -> dict[bytes, bytes]:
    """Return the public keys by their names: the one that signs, then those that did before."""
    keys = signing_keys(current().settings)
    publics = [tickets.public_key(tickets.private_key(key)) for key in keys]
    return {tickets.key_id(public): public for public in publics}


def code_of(nonce: bytes) -> str:
    """Return the code that is typed."""
    return base64.b32encode(nonce[:CODE]).decode()


def nonces_of(code: str) -> tuple[bytes, bytes]:
    """Return the least and the greatest nonce of a code; raises Forged."""
    try:
        first = base64.b32decode(code.strip().upper())
    except ValueError:
        raise Forged from None
    if len(first) != CODE:
        raise Forged
    return first + bytes(8 - CODE), first + b"\xff" * (8 - CODE)


def is_code(code: str) -> bool:
    """Tell whether a text is a code that may be typed."""
    try:
        nonces_of(code)
    except Forged:
        return False
    return True


def svg(text: str) -> str:
    """Return a ticket as an image that scales."""
    return str(segno.make(text, error="m", micro=False).svg_inline(scale=4, border=2))


def png(text: str) -> bytes:
    written = io.BytesIO()
    segno.make(text, error="m", micro=False).save(written, kind="png", scale=6, border=3)
    return written.getvalue()


async def shown(signup_id: UUID, *, actor: Actor) -> dict[str, Any]:
    """Return the ticket of a confirmed sign-up, for whoever may act on it; raises SignupUnknown, NoTicket."""
    visible = signups_changed_by(actor)
    row = await db.fetch_one(_ONE.format(visible=visible.render(2)), signup_id, *visible.params)
    if row is None:
        raise SignupUnknown
    if row["state"] not in (SignupState.CONFIRMED, SignupState.ATTENDED):
        raise NoTicket
    return {
        "signup_id": row["id"],
        "salon_id": row["salon_id"],
        "title": row["title"],
        "time": span(row["starts_at"], row["ends_at"]),
        "address": row["address"],
        "way": row["way"],
        "attendee": row["attendee"],
        "token": token(row["salon_id"], row["id"], row["ticket_nonce"], row["way"]),
        "code": code_of(row["ticket_nonce"]),
    }


async def reissue(signup_id: UUID, reason: str, *, actor: Actor) -> None:
    """Make another ticket; the one that was is revoked from now on, offline as soon as a device loads its list."""
    permission = answering.by_staff(actor)
    async with moving.changing(signup_id, actor, permission) as row:
        if row["state"] not in (SignupState.CONFIRMED, SignupState.ATTENDED):
            raise NoTicket
        await db.execute(_REISSUE, signup_id, reason, clock.now())
        acting, fields = answering.acting(actor, row), ("ticket_nonce",)
        await audit.record(acting, "salons.ticket_reissued", table=moving.TABLE, row_id=signup_id, fields=fields)


async def bundle(salon_id: UUID, *, actor: Actor) -> dict[str, Any]:
    """Return what a device without a network needs to read the tickets of one salon; raises SalonUnknown, Forbidden."""
    async with db.transaction():
        await answering.of_salon(salon_id, actor, RUN, is_locked=False)
        row = await db.fetch_one(_SALON, salon_id)
        revoked = await db.fetch(_REVOKED, salon_id)
    if row is None:
        raise SalonUnknown
    return {
        "salon_id": salon_id,
        "title": row["title"],
        "algorithm": "Ed25519",
        "public_keys": [
            {"id": name.hex(), "public_key": base64.b64encode(public).decode()}
            for name, public in public_keys().items()
        ],
        "version": VERSION,
        "valid_from": opens_at(row["starts_at"]),
        "valid_until": shuts_at(row["ends_at"]),
        "revoked": [one["nonce"].hex() for one in revoked],
        "made_at": clock.now(),
    }
