"""Takes what scanners read, at the door or hours later, and works out who was there; a scan sent twice is one scan."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend import audit
from backend.access import Actor
from backend.foundation import clock, db
from backend.foundation.states import WrongState
from backend.foundation.tickets import Forged
from backend.salons.door import merging, presences, tickets, times
from backend.salons.door.merging import Outcome
from backend.salons.errors import ScanReused, ScanUndone, ScanUnknown
from backend.salons.seats import answering
from backend.salons.states import LIFECYCLE, SalonState, SignupState

MOST: Final = 500
AHEAD: Final = timedelta(minutes=5)
"""How far a device's clock may be ahead of ours."""
REFUSALS: Final[Mapping[str, str]] = {
    "forged": "入场码无效，不是本系统签发的",
    "other_salon": "这是另一场沙龙的入场码",
    "unknown": "没有找到这个入场码",
    "reissued": "入场码已更换，请出示新的入场码",
    "cancelled": "该报名已取消或退出",
    "not_confirmed": "该报名还未成功（待审核或候补）",
    "online": "该报名是线上参加，没有现场席位；现场有空位的，可在名单中选定后放行",
    "too_early": "还未到签到时间",
    "too_late": "沙龙已结束，不再签到",
    "clock_ahead": "扫码设备的时间不对，请校准后再扫",
}

_SALON: Final = "SELECT starts_at, ends_at, state FROM salons WHERE id = $1"
_KNOWN: Final = "SELECT id, salon_id, digest FROM salon_scans WHERE id = ANY ($1::uuid[])"
_TICKETS: Final = """
SELECT id, state, way, ticket_nonce FROM salon_signups WHERE salon_id = $1 AND id = ANY ($2::uuid[])
"""
_BY_CODE: Final = """
WITH c AS (SELECT * FROM unnest($2::uuid[], $3::bytea[], $4::bytea[]) AS c (scan, first, last))
SELECT c.scan, g.id, g.ticket_nonce AS nonce, TRUE AS is_now
FROM c JOIN salon_signups g ON g.salon_id = $1 AND g.ticket_nonce BETWEEN c.first AND c.last
UNION ALL SELECT c.scan, r.signup_id, r.nonce, FALSE
FROM c JOIN salon_reissues r ON r.salon_id = $1 AND r.nonce BETWEEN c.first AND c.last
"""
_REISSUED: Final = "SELECT nonce, at FROM salon_reissues WHERE salon_id = $1 AND signup_id = ANY ($2::uuid[])"
_STORE: Final = """
INSERT INTO salon_scans (id, salon_id, signup_id, device, direction, scanned_at, received_at, staff_id, digest, outcome,
    refusal)
SELECT n.id, $1, n.signup_id, n.device, n.direction, n.scanned_at, $2, $3, n.digest,
    CASE WHEN n.refusal IS NULL THEN 'entered' ELSE 'refused' END, n.refusal
FROM unnest($4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::timestamptz[], $9::bytea[], $10::text[])
    AS n (id, signup_id, device, direction, scanned_at, digest, refusal)
"""
_TOLD: Final = """
SELECT s.id, s.signup_id, s.outcome, s.refusal, s.direction, s.scanned_at, s.device, g.attendee, g.way,
    (SELECT e.name FROM enterprises e WHERE e.id = g.enterprise_id) AS enterprise
FROM salon_scans s LEFT JOIN salon_signups g ON g.id = s.signup_id WHERE s.id = ANY ($1::uuid[])
"""
_UNDO: Final = """
UPDATE salon_scans SET outcome = 'undone', undone_by = $2, undone_at = $3, undo_reason = $4
WHERE id = $1 AND undone_at IS NULL AND outcome <> 'refused' RETURNING signup_id
"""
_OF: Final = "SELECT salon_id FROM salon_scans WHERE id = $1"


@dataclass(frozen=True, slots=True)
class Read:
    """What a device read: a QR code's text, a typed code, or a line of the list that staff picked."""

    id: UUID
    device: str
    direction: str
    scanned_at: datetime
    token: str | None = None
    code: str | None = None
    signup_id: UUID | None = None

    @property
    def digest(self) -> bytes:
        told = (self.device, self.direction, self.scanned_at.timestamp(), self.token, self.code, self.signup_id)
        return hashlib.sha256(repr(told).encode()).digest()


@dataclass(frozen=True, slots=True)
class _Judged:
    read: Read
    signup_id: UUID | None
    refusal: str | None = None


async def receive(salon_id: UUID, reads: Sequence[Read], *, actor: Actor) -> list[dict[str, Any]]:
    """Store what one or many devices read and answer each scan, in one transaction.

    Whatever was received before is answered as it stands now. Raises ScanReused for an id that stood for something
    else, WrongState for a salon that was laid aside; further as `answering.of_salon`.
    """
    async with db.transaction():
        await _to_be_counted(salon_id, actor)
        fresh = await _fresh(salon_id, reads)
        judged = await _judge(salon_id, fresh)
        if judged:
            await _store(salon_id, judged, actor)
        await presences.settle(salon_id, {one.signup_id for one in judged if one.signup_id and not one.refusal}, actor)
        return await _told([one.id for one in reads])


async def undo(scan_id: UUID, reason: str, *, actor: Actor) -> dict[str, Any]:
    """Take a scan back with a reason, as if it had not been; raises ScanUnknown, ScanUndone, WrongState."""
    async with db.transaction():
        salon_id = await db.fetch_value(_OF, scan_id)
        if salon_id is None:
            raise ScanUnknown
        await _to_be_counted(salon_id, actor)
        signup_id = await db.fetch_value(_UNDO, scan_id, actor.id, clock.now(), reason)
        if signup_id is None:
            raise ScanUndone
        detail = {"reason": reason}
        await audit.record(
            actor, "salons.scan_undone", table="salon_scans", row_id=scan_id, fields=("outcome",), detail=detail
        )
        await presences.settle(salon_id, {signup_id}, actor)
        return (await _told([scan_id]))[0]


async def _to_be_counted(salon_id: UUID, actor: Actor) -> None:
    """Lock a salon of which who came is still written down."""
    await answering.of_salon(salon_id, actor)
    salon = await db.fetch_one(_SALON, salon_id)
    if salon is not None and salon["state"] == SalonState.ARCHIVED:
        raise WrongState(LIFECYCLE, SalonState.ARCHIVED, SalonState.HELD)


async def _fresh(salon_id: UUID, reads: Sequence[Read]) -> list[Read]:
    rows = await db.fetch(_KNOWN, [one.id for one in reads])
    if any(row["salon_id"] != salon_id for row in rows):
        raise ScanReused
    known = {row["id"]: row["digest"] for row in rows}
    fresh: dict[UUID, Read] = {}
    for one in reads:
        before = known.get(one.id) or (fresh[one.id].digest if one.id in fresh else None)
        if before is None:
            fresh[one.id] = one
        elif before != one.digest:
            raise ScanReused
    return list(fresh.values())


async def _judge(salon_id: UUID, reads: Sequence[Read]) -> list[_Judged]:
    salon = await db.fetch_one(_SALON, salon_id)
    if salon is None or not reads:
        return []
    by_code = await _by_code(salon_id, reads)
    found = [_found(salon_id, one, by_code) for one in reads]
    ids = list({one.signup_id for one in found if one.signup_id})
    there = {row["id"]: row for row in await db.fetch(_TICKETS, salon_id, ids)}
    reissued = {row["nonce"]: row["at"] for row in await db.fetch(_REISSUED, salon_id, ids)}
    return [_one(one, there, reissued, salon) for one in found]


@dataclass(frozen=True, slots=True)
class _Found:
    """Whose ticket a scan read, with its nonce where it was a ticket; or why it is none."""

    read: Read
    signup_id: UUID | None = None
    nonce: bytes | None = None
    refusal: str | None = None


async def _by_code(salon_id: UUID, reads: Sequence[Read]) -> dict[UUID, list[_Found]]:
    """Return whose tickets the typed codes are, by their scans; one that was replaced only where none is valid now."""
    asked = [(one, tickets.nonces_of(one.code)) for one in reads if one.code is not None and tickets.is_code(one.code)]
    columns = ([one.id for one, _ in asked], [first for _, (first, _) in asked], [last for _, (_, last) in asked])
    scans = {one.id: one for one, _ in asked}
    now, before = defaultdict[UUID, list[_Found]](list), defaultdict[UUID, list[_Found]](list)
    for row in await db.fetch(_BY_CODE, salon_id, *columns) if asked else ():
        kept = now if row["is_now"] else before
        kept[row["scan"]].append(_Found(scans[row["scan"]], row["id"], row["nonce"]))
    return {**before, **now}


def _found(salon_id: UUID, read: Read, by_code: Mapping[UUID, list[_Found]]) -> _Found:
    if read.signup_id is not None:
        return _Found(read, read.signup_id)
    try:
        if read.token is not None:
            ticket = tickets.read(read.token)
            if ticket.salon_id != salon_id:
                return _Found(read, refusal="other_salon")
            return _Found(read, ticket.signup_id, ticket.nonce)
    except Forged:
        return _Found(read, refusal="forged")
    if not tickets.is_code(read.code or ""):
        return _Found(read, refusal="forged")
    found = by_code.get(read.id, [])
    return found[0] if len(found) == 1 else _Found(read, refusal="unknown")


def _one(found: _Found, there: Mapping[UUID, Record], reissued: Mapping[bytes, datetime], salon: Record) -> _Judged:
    row = there.get(found.signup_id) if found.signup_id else None
    if row is None:
        return _Judged(found.read, None, found.refusal or "unknown")
    return _Judged(found.read, row["id"], _refusal(found, row, reissued) or _untimely(found.read, salon))


def _refusal(found: _Found, row: Record, reissued: Mapping[bytes, datetime]) -> str | None:
    state, nonce = SignupState(row["state"]), found.nonce
    if nonce is not None and nonce != row["ticket_nonce"]:
        # What was read before another ticket was issued, and sent later, was in order.
        at = reissued.get(nonce)
        if at is None or at <= found.read.scanned_at:
            return "reissued"
    if state in (SignupState.CONFIRMED, SignupState.ATTENDED, SignupState.NO_SHOW):
        # Picked from the list he is let in by whoever sees that there is a chair, or noted as having been there online.
        return "online" if row["way"] == "online" and nonce is not None else None
    return "not_confirmed" if state in (SignupState.PENDING, SignupState.WAITING, SignupState.OFFERED) else "cancelled"


def _untimely(read: Read, salon: Record) -> str | None:
    if read.scanned_at > clock.now() + AHEAD:
        return "clock_ahead"
    if read.scanned_at < times.opens_at(salon["starts_at"]):
        return "too_early"
    return "too_late" if read.scanned_at > times.shuts_at(salon["ends_at"]) else None


async def _store(salon_id: UUID, judged: Sequence[_Judged], actor: Actor) -> None:
    columns = (
        [one.read.id for one in judged],
        [one.signup_id for one in judged],
        [one.read.device for one in judged],
        [one.read.direction for one in judged],
        [one.read.scanned_at for one in judged],
        [one.read.digest for one in judged],
        [one.refusal for one in judged],
    )
    await db.execute(_STORE, salon_id, clock.now(), actor.id, *columns)


async def _told(scan_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    rows = {row["id"]: row for row in await db.fetch(_TOLD, list(scan_ids))}
    return [told(dict(rows[one])) for one in scan_ids if one in rows]


def told(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a scan as whoever stands at the door reads it."""
    outcome = Outcome(row["outcome"])
    return {
        "id": row["id"],
        "signup_id": row["signup_id"],
        "outcome": outcome.value,
        "outcome_word": merging.OUTCOME_WORDS[outcome],
        "refusal": row["refusal"],
        "refusal_word": REFUSALS.get(row["refusal"] or "", ""),
        "direction": row["direction"],
        "scanned_at": row["scanned_at"],
        "device": row["device"],
        "attendee": row["attendee"] or "",
        "enterprise": row["enterprise"] or "",
        "way": row["way"],
    }
