"""Papers that show the five standards: uploaded, taken back and let go by their owner; a bank's look is `reading`."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from backend import audit, files
from backend.access import Actor
from backend.financing import errors, values, writing
from backend.financing.codes import STANDARDS
from backend.financing.events import Kind, NewEvent
from backend.financing.models import Application
from backend.financing.states import APPLICATION
from backend.foundation import clock, db
from backend.foundation.errors import FieldError
from backend.foundation.ids import new_id

PURPOSE: Final = "financing_evidence"
TABLE: Final = "financing_evidence"
MOST: Final = 20
"""How many papers stand with one need at a time."""
UNUSED_FOR: Final = timedelta(days=1)
_AT_ONCE: Final = 200

# One file stands with one need; a renewal takes over what its predecessor has.
_HIS: Final = """
SELECT f.name, f.media_type, f.size, f.sha256 FROM files f
WHERE f.id = $1 AND f.owner_kind = 'owner' AND f.owner_id = $2 AND f.purpose = $3 AND f.state = 'stored'
  AND NOT EXISTS (SELECT FROM financing_evidence e WHERE e.file_id = f.id AND e.removed_at IS NULL)
FOR UPDATE
"""
_COUNT: Final = "SELECT count(*) FROM financing_evidence WHERE application_id = $1 AND removed_at IS NULL"
_ADD: Final = """
INSERT INTO financing_evidence (id, application_id, standard, file_id, name, media_type, size, sha256, person_id,
    added_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
_REMOVE: Final = """
UPDATE financing_evidence SET removed_at = $3 WHERE id = $1 AND application_id = $2 AND removed_at IS NULL
RETURNING file_id
"""
_TAKE_OVER: Final = """
INSERT INTO financing_evidence (id, application_id, standard, file_id, name, media_type, size, sha256, person_id,
    added_at)
SELECT uuidv7(), $2, e.standard, e.file_id, e.name, e.media_type, e.size, e.sha256, e.person_id, $3
FROM financing_evidence e JOIN files f ON f.id = e.file_id AND f.state = 'stored'
WHERE e.application_id = $1 AND e.removed_at IS NULL
"""
LISTED: Final = """
SELECT e.id, e.standard, e.file_id, e.name, e.media_type, e.size, encode(e.sha256, 'hex') AS sha256, e.added_at
FROM financing_evidence e JOIN files f ON f.id = e.file_id AND f.state = 'stored'
WHERE e.application_id = $1 AND e.removed_at IS NULL ORDER BY e.id
"""
# Whose need is over for so long, and no loan of it is still to be renewed.
_OLD: Final = """
SELECT e.id FROM financing_evidence e JOIN financing_applications a ON a.id = e.application_id
WHERE e.removed_at IS NULL AND a.ended_at < $1 AND NOT EXISTS (
    SELECT FROM financing_referrals r WHERE r.application_id = a.id AND r.state = 'drawn' AND r.due_on >= $2::date)
ORDER BY e.id LIMIT $3 FOR UPDATE OF e SKIP LOCKED
"""
_LET_GO: Final = """
UPDATE financing_evidence SET removed_at = $2 WHERE id = ANY ($1::uuid[]) AND removed_at IS NULL RETURNING file_id
"""
_UNUSED: Final = """
SELECT f.id FROM files f WHERE f.purpose = $1 AND f.state = 'stored' AND f.created_at < $2
  AND NOT EXISTS (SELECT FROM financing_evidence e WHERE e.file_id = f.id AND e.removed_at IS NULL)
ORDER BY f.created_at LIMIT $3 FOR UPDATE SKIP LOCKED
"""
_STILL_UNUSED: Final = """
SELECT id FROM unnest($1::uuid[]) AS f (id)
WHERE NOT EXISTS (SELECT FROM financing_evidence e WHERE e.file_id = f.id AND e.removed_at IS NULL)
"""


async def add(application_id: UUID, standard: str, file_id: UUID, *, actor: Actor) -> UUID:
    """Lay a paper that the actor uploaded beside a standard, also after the need was submitted; returns its id.

    Raises ApplicationUnknown, ApplicationOver, EvidenceUnknown, TooMuchEvidence, ContentWrong.
    """
    if standard not in STANDARDS:
        known = "、".join(STANDARDS)
        raise errors.ContentWrong(fields=(FieldError("standard", "unknown", f"自查项只能是：{known}。"),))
    async with writing.changing(application_id, actor) as found:
        _check_goes_on(found)
        file = await db.fetch_one(_HIS, file_id, actor.id, PURPOSE)
        if file is None:
            raise errors.EvidenceUnknown
        if await db.fetch_value(_COUNT, found.id) >= MOST:
            raise errors.TooMuchEvidence
        row_id = new_id()
        await db.execute(_ADD, row_id, found.id, standard, file_id, *file.values(), actor.id, clock.now())
        event = NewEvent(Kind.EVIDENCE_ADDED, data={"standard": standard})
        await writing.append(found.id, actor, event)
        await audit.record(actor, "financing.evidence_added", table=TABLE, row_id=row_id, fields=("file_id",))
    return row_id


async def remove(application_id: UUID, evidence_id: UUID, *, actor: Actor) -> None:
    """Take a paper back: no bank opens it any more, its file goes. Raises ApplicationUnknown, EvidenceUnknown."""
    async with writing.changing(application_id, actor) as found:
        file_id = await db.fetch_value(_REMOVE, evidence_id, found.id, clock.now())
        if file_id is None:
            raise errors.EvidenceUnknown
        await _let_go([file_id])
        await writing.append(found.id, actor, NewEvent(Kind.EVIDENCE_REMOVED))
        await audit.record(actor, "financing.evidence_removed", table=TABLE, row_id=evidence_id)


def _check_goes_on(found: Application) -> None:
    if APPLICATION.is_final(found.state):
        raise errors.ApplicationOver("该融资需求已结束，不能再补充材料。")


async def take_over(application_id: UUID, by: UUID) -> None:
    """Let a renewal begin with the papers of the need before it, in the caller's transaction."""
    await db.execute(_TAKE_OVER, application_id, by, clock.now())


async def of(application_id: UUID) -> list[dict[str, Any]]:
    """Return the papers that stand with a need, in the order in which they came; the caller has looked who asks."""
    return [{**row, "title": STANDARDS[row["standard"]]} for row in await db.fetch(LISTED, application_id)]


async def sweep() -> int:
    """Let go papers of needs that are over long enough, and uploads that stand with none; returns how many files."""
    days, moment = await values.of("evidence_days"), clock.now()
    async with db.transaction():
        old = await db.fetch(_OLD, moment - timedelta(days=days), clock.today(), _AT_ONCE)
        gone = await db.fetch(_LET_GO, [row["id"] for row in old], moment)
        unused = await db.fetch(_UNUSED, PURPOSE, moment - UNUSED_FOR, _AT_ONCE)
        return await _let_go([row["file_id"] for row in gone] + [row["id"] for row in unused])


async def _let_go(file_ids: Sequence[UUID]) -> int:
    """Delete those files with which no need stands any more: looked at again, for somebody may have used one."""
    unused = await db.fetch(_STILL_UNUSED, list(file_ids))
    return await files.delete_all([row["id"] for row in unused])
