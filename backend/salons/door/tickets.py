"""The ticket of a sign-up: what its QR code says, and what a scanner without a network needs to read it.

Payload: version (1 byte, 1), salon (16), sign-up (16), nonce (8); signed by Ed25519 (`foundation.tickets`). A scanner
accepts what the public key verifies, what is for its salon, and whose nonce is not in the list of revoked ones.
"""

import base64
import io
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import segno

from backend import audit
from backend.access import Actor
from backend.foundation import clock, db, tickets
from backend.foundation.tickets import Forged
from backend.runtime import current
from backend.salons.door.times import opens_at, shuts_at
from backend.salons.errors import NoTicket, SalonUnknown, SignupUnknown
from backend.salons.messages import span
from backend.salons.seats import answering, moving
from backend.salons.states import SignupState
from backend.salons.visibility import RUN, signups_changed_by

VERSION: Final = 1
LENGTH: Final = 41
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
    """What a ticket says."""

    salon_id: UUID
    signup_id: UUID
    nonce: bytes


def token(ticket: Ticket) -> str:
    """Return what the QR code holds."""
    payload = bytes([VERSION]) + ticket.salon_id.bytes + ticket.signup_id.bytes + ticket.nonce
    return tickets.sign(payload, tickets.private_key(current().settings.signing_key.get_secret_value()))


def read(text: str, public: bytes | None = None) -> Ticket:
    """Return what a ticket says; raises Forged. Pure when the public key is given."""
    payload = tickets.verified(text, public or own_public_key())
    if len(payload) != LENGTH or payload[0] != VERSION:
        raise Forged
    return Ticket(UUID(bytes=payload[1:17]), UUID(bytes=payload[17:33]), payload[33:])


def own_public_key() -> bytes:
    return tickets.public_key(tickets.private_key(current().settings.signing_key.get_secret_value()))


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
        "token": token(Ticket(row["salon_id"], row["id"], row["ticket_nonce"])),
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
        "public_key": base64.b64encode(own_public_key()).decode(),
        "version": VERSION,
        "valid_from": opens_at(row["starts_at"]),
        "valid_until": shuts_at(row["ends_at"]),
        "revoked": [one["nonce"].hex() for one in revoked],
        "made_at": clock.now(),
    }
