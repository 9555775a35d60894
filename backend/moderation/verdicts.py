"""Takes WeChat's verdicts on pictures: kept as they came, applied once, whichever is first, they or our own note."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from backend.foundation import clock, db
from backend.foundation.logging import get_logger
from backend.moderation import standing

log = get_logger(__name__)

EVENT: Final = "wxa_media_check"
_LONGEST: Final = 100
_INT4: Final = range(-(2**31), 2**31)
_MOST_TRIES: Final = 3
_NONE: Final = -1

_KEEP: Final = """
INSERT INTO moderation_verdicts (trace_id, errcode, suggest, label, at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (trace_id) DO NOTHING
"""
_FITTING: Final = """
SELECT p.id, p.subject_id FROM moderation_parts p JOIN moderation_verdicts v USING (trace_id)
WHERE p.state = 'asked' AND p.trace_id = ANY ($1::text[])
"""
_MISSED: Final = """
SELECT trace_id FROM moderation_parts p JOIN moderation_verdicts v USING (trace_id) WHERE p.state = 'asked' LIMIT 500
"""
# What WeChat could not fetch or look at is asked about again, as often as anything, and then looked at by staff.
_APPLY: Final = """
UPDATE moderation_parts p SET
    suggest = v.suggest, label = v.label, errcode = v.errcode,
    state = CASE WHEN v.errcode <> 0 AND p.tries < $3 THEN 'waiting'
                 WHEN v.errcode = 0 AND v.suggest = 'pass' THEN 'passed' ELSE 'held' END,
    next_at = CASE WHEN v.errcode <> 0 AND p.tries < $3 THEN $2::timestamptz + interval '30 seconds' END,
    settled_at = CASE WHEN v.errcode <> 0 AND p.tries < $3 THEN NULL ELSE $2::timestamptz END
FROM moderation_verdicts v
WHERE v.trace_id = p.trace_id AND p.id = ANY ($1::uuid[]) AND p.state = 'asked'
RETURNING p.subject_id
"""


async def pushed(raw: Mapping[str, Any], at: datetime | None = None) -> None:
    """Take one `wxa_media_check` push; in whatever form, and again without effect.

    Only version 2 counts, whose verdict stands in `result`; anything that is no clear "pass" is none.
    """
    trace_id = str(raw.get("trace_id") or "")[:_LONGEST]
    if not trace_id:
        log.warning("moderation.verdict_unnamed")
        return
    told = raw.get("result")
    result = told if isinstance(told, dict) else {}
    errcode = _number(raw.get("errcode", 0 if result else _NONE), of_nothing=_NONE)
    suggest = str(result.get("suggest") or "none")[:_LONGEST]
    async with db.transaction():
        await db.execute(_KEEP, trace_id, errcode, suggest, _number(result.get("label")), at or clock.now())
        await apply([trace_id])


async def catch_up() -> None:
    """Settle whatever verdict and note missed each other, because each was written while the other was not yet seen."""
    await apply([row["trace_id"] for row in await db.fetch(_MISSED)])


async def apply(trace_ids: Sequence[str]) -> None:
    """Settle the pictures whose verdict is here."""
    if not trace_ids:
        return
    async with db.transaction():
        found = await db.fetch(_FITTING, list(trace_ids))
        await standing.lock([row["subject_id"] for row in found])
        rows = await db.fetch(_APPLY, [row["id"] for row in found], clock.now(), _MOST_TRIES)
        await standing.move([row["subject_id"] for row in rows])


def _number(value: Any, of_nothing: int = 0) -> int:
    """Read a number that may have come as text."""
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        return of_nothing
    return number if number in _INT4 else of_nothing
