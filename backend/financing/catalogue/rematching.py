"""Needs that go on are matched anew when products change, so that nobody must withdraw and ask again.

A new edition, a new product, one that was taken down or whose days are over: whatever is not signed for yet is measured
against what is out now, in the order of the same lots. What he has signed for keeps the edition he signed for.
"""

from typing import Final
from uuid import UUID

from backend import audit
from backend.access import SYSTEM
from backend.financing import writing
from backend.financing.catalogue import matching
from backend.financing.events import Kind, NewEvent
from backend.foundation import clock, db
from backend.foundation.logging import get_logger

log = get_logger(__name__)

_AT_A_TIME: Final = 100

# What came out a moment before may not have been committed when it was matched: then it is looked at twice.
_STALE: Final = """
SELECT a.id FROM financing_applications a
WHERE a.state IN ('open', 'chosen') AND a.expires_at > $1 AND ($3::uuid IS NULL OR a.id = $3) AND (
    EXISTS (SELECT FROM financing_matches m JOIN financing_product_versions v ON v.id = m.version_id
            WHERE m.application_id = a.id AND (v.state <> 'published' OR v.valid_until < $2::date))
    OR EXISTS (SELECT FROM financing_product_versions v
               WHERE v.state = 'published' AND v.valid_from <= $2::date AND v.valid_until >= $2::date
                 AND greatest(v.published_at, v.valid_from::timestamp AT TIME ZONE 'Asia/Shanghai')
                     > coalesce(a.matched_at, a.submitted_at) - interval '1 minute'))
ORDER BY a.id LIMIT $4
"""
_FITTING: Final = """
SELECT version_id FROM financing_matches WHERE application_id = $1 AND answer <> 'no'
"""
_FORGET: Final = "DELETE FROM financing_matches WHERE application_id = $1"


async def sweep() -> int:
    """Match anew what needs it, each in a transaction of its own; returns for how many another choice came of it."""
    changed = 0
    for row in await _stale():
        try:
            changed += await _rematch(row)
        except Exception:
            log.exception("financing.rematch_failed", application=str(row))
    return changed


async def _stale(application_id: UUID | None = None) -> list[UUID]:
    rows = await db.fetch(_STALE, clock.now(), clock.today(), application_id, _AT_A_TIME)
    return [row["id"] for row in rows]


async def _rematch(application_id: UUID) -> bool:
    async with writing.changing(application_id, SYSTEM) as found:
        if not await _stale(found.id):  # somebody was quicker, or it is over
            return False
        before = await _fitting(found.id)
        await db.execute(_FORGET, found.id)
        await matching.match(found, with_paused=True)
        if before == await _fitting(found.id):
            return False
        await writing.append(found.id, SYSTEM, NewEvent(Kind.REMATCHED))
        await audit.record(SYSTEM, "financing.rematched", table=writing.APPLICATIONS, row_id=found.id)
        return True


async def _fitting(application_id: UUID) -> set[UUID]:
    return {row["version_id"] for row in await db.fetch(_FITTING, application_id)}
