"""Several broadcasts that the cap put off become one message of the next day, decided at the claim.

Whoever claims holds the address, so what takes part is chosen under the lock that every sending needs: a part that was
taken into a digest is never sent, and one that is being sent is in no digest. The inbox has all of them anyway.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from backend.foundation import db
from backend.notifications.kinds import profiled
from backend.notifications.message import Message
from backend.notifications.telling import tell

KIND: Final = "broadcast_digest"
LEAST: Final = 2
"""One alone goes as it is."""

# $1 addresses, which are locked; $2 now; $3 kinds chosen by a profile. What the claim would end or hold for another
# reason than the cap is left to the claim; nor does a digest that was put off itself become part of another.
_FOLD: Final = f"""
WITH parts AS MATERIALIZED (
    SELECT d.id, d.person_id FROM deliveries d LEFT JOIN broadcasts b ON b.id = d.broadcast_id
    WHERE d.address_id = ANY($1::uuid[]) AND d.state = 'deferred' AND d.reason = 'capped'
      AND d.due_at <= $2 AND d.not_after > $2 AND d.kind <> '{KIND}'
      AND (b.state IS NULL OR b.state NOT IN ('paused', 'cancelled'))
      AND NOT EXISTS (SELECT FROM called_off o WHERE o.subject = d.subject)
      AND (d.enterprise_id IS NULL OR EXISTS (
          SELECT FROM bindings a JOIN enterprises e ON e.id = a.enterprise_id
          WHERE a.person_id = d.person_id AND a.enterprise_id = d.enterprise_id AND a.state = 'active'
            AND (a.until IS NULL OR a.until > $2) AND e.closed_at IS NULL))
      AND NOT (d.kind = ANY($3::text[])
               AND EXISTS (SELECT FROM profiling_refusals f WHERE f.person_id = d.person_id))
      AND NOT EXISTS (SELECT FROM notification_preferences p WHERE p.person_id = d.person_id
                      AND p.kind IN (d.kind, '{KIND}', '*') AND p.channel = d.channel AND NOT p.is_on)
), folded AS (
    UPDATE deliveries d SET state = 'suppressed', reason = 'in_digest', onward = NULL, settled_at = $2
    FROM parts p
    WHERE d.id = p.id AND p.person_id IN (SELECT person_id FROM parts GROUP BY 1 HAVING count(*) >= {LEAST})
    RETURNING d.id, d.person_id, d.not_after
)
SELECT person_id, count(*)::int AS many, (array_agg(id ORDER BY id))[1] AS first, max(not_after) AS until
FROM folded GROUP BY 1
"""


async def fold(addresses: Collection[UUID], moment: datetime) -> int:
    """Replace what the cap put off for these addresses, which must be locked, by one message a person.

    In the open transaction; returns how many digests that makes. They are messages like others: they need a credit,
    count as one broadcast of the day, and take the next channel when the first one comes to nothing.
    """
    rows = await db.fetch(_FOLD, list(addresses), moment, profiled())
    if rows:
        await tell([_digest(row["person_id"], row["many"], row["first"], row["until"]) for row in rows])
    return len(rows)


def _digest(person: UUID, many: int, first: UUID, until: datetime) -> Message:
    """Return the message; each part is in one digest at most, so the first one names it."""
    fields = {
        "count": str(many),
        "topic": f"{many}条为您保留的消息",
        "whom": "您办理的企业",
        "deadline": "见各条消息",
        "hint": "因每日提醒上限合并，点击查看",
    }
    return Message(KIND, person, f"digest:{first}", fields, not_after=until)
