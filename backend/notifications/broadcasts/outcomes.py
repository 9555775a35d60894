"""Who got a broadcast, who did not and why, for reading on a screen: figures by reason, and person by person.

A person's outcome is that of the try that reached him, else of the last one. Names are masked for every reader: whole
ones stand in the report alone, for whoever may reveal them.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal
from uuid import UUID

from asyncpg import Record

from backend.access import Actor
from backend.foundation import db
from backend.foundation.paging import count_column, counted, cut, decode_cursor, encode_cursor
from backend.notifications.broadcasts.naming import name_of
from backend.notifications.broadcasts.rows import see
from backend.notifications.broadcasts.wording import OUTCOMES, reason_words

Outcome = Literal["reached", "waiting", "inbox_only", "not_reached", "left_out", "untold"]

# r: the frozen list; d: the try that counts, if there was one.
_OUTCOME: Final = """
CASE WHEN d.state = 'sent' THEN 'reached'
     WHEN d.state IN ('pending', 'claimed', 'sending', 'deferred', 'unknown') THEN 'waiting'
     WHEN d.state = 'suppressed' THEN 'inbox_only'
     WHEN d.state IS NOT NULL THEN 'not_reached'
     WHEN r.left_out IS NOT NULL THEN 'left_out'
     WHEN r.told_at IS NOT NULL THEN 'inbox_only'
     ELSE 'untold' END
"""
_WHY: Final = "CASE WHEN d.state IS NULL THEN r.left_out WHEN d.state <> 'sent' THEN d.reason END"

_TRIES: Final = """
    SELECT DISTINCT ON (person_id) person_id, state, reason FROM deliveries
    WHERE broadcast_id = $1 AND id >= $1 ORDER BY person_id, state = 'sent' DESC, id DESC
"""
_WANTED: Final = f"($3::text IS NULL OR {_OUTCOME} = $3) AND ($4::text IS NULL OR {_WHY} = $4)"
_LISTED: Final = f"""
broadcast_recipients r LEFT JOIN ({_TRIES}) d USING (person_id) WHERE r.broadcast_id = $1 AND {_WANTED}
"""

_FIGURES: Final = f"""
WITH d AS ({_TRIES})
SELECT {_OUTCOME} AS outcome, {_WHY} AS reason, count(*) AS people
FROM broadcast_recipients r LEFT JOIN d USING (person_id) WHERE r.broadcast_id = $1
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2
"""
_PAGE: Final = f"""
SELECT r.person_id, p.name_sealed, e.name AS enterprise, r.told_at, d.channel, d.state, {_OUTCOME} AS outcome,
       {_WHY} AS reason, d.errcode, d.sending_at, d.confirmed_at{{count}}
FROM broadcast_recipients r
LEFT JOIN persons p ON p.id = r.person_id LEFT JOIN enterprises e ON e.id = r.enterprise_id
LEFT JOIN LATERAL (
    SELECT w.channel, w.state, w.reason, w.errcode, w.sending_at, w.confirmed_at FROM deliveries w
    WHERE w.broadcast_id = $1 AND w.person_id = r.person_id AND w.id >= $1
    ORDER BY w.state = 'sent' DESC, w.id DESC LIMIT 1
) d ON TRUE
WHERE r.broadcast_id = $1 AND ($2::uuid IS NULL OR r.person_id > $2)
  AND {_WANTED}
ORDER BY r.person_id LIMIT $5
"""


async def figures(broadcast_id: UUID, actor: Actor) -> list[Mapping[str, Any]]:
    """Return how many persons there are of each outcome and reason, the most first; raises BroadcastUnknown."""
    await see(broadcast_id, actor)
    rows = await db.fetch(_FIGURES, broadcast_id)
    return [
        {**row, "outcome_name": OUTCOMES[row["outcome"]], "reason_name": reason_words(row["reason"])}
        for row in map(dict, rows)
    ]


async def page(
    broadcast_id: UUID,
    actor: Actor,
    *,
    outcome: Outcome | None,
    reason: str | None,
    cursor: str | None,
    limit: int,
) -> dict[str, Any]:
    """Return one page of the frozen list with each person's outcome, and how many there are.

    Raises BroadcastUnknown, WrongCursor.
    """
    after = decode_cursor(cursor, UUID)
    await see(broadcast_id, actor)
    sql = _PAGE.format(count=count_column(_LISTED, cursor))
    rows = await db.fetch(sql, broadcast_id, after[0] if after else None, outcome, reason, limit + 1)
    shown, following = cut(rows, limit, lambda row: encode_cursor(row["person_id"]))
    return {"items": [_person(row) for row in shown], "next": following, **counted(rows, cursor)}


def _person(row: Record) -> dict[str, Any]:
    told = {name: row[name] for name in row.keys() if name not in {"name_sealed", "found"}}  # noqa: SIM118 - a Record iterates values
    return {
        **told,
        "name": name_of(row, is_open=False),
        "outcome_name": OUTCOMES[row["outcome"]],
        "reason_name": reason_words(row["reason"]),
    }
