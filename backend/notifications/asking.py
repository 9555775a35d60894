"""Which templates the mini-program asks for at the next tap, because credit for coming messages is short.

WeChat's dialog takes at most three templates, one-time and long-term ones never together (error 20002), so the shortest
decides which of the two are asked for.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from backend.foundation import db
from backend.notifications import preferences
from backend.notifications.kinds import KINDS

AT_ONCE: Final = 3
_LOOKED_BACK: Final = 50

# What waits, or came to nothing for want of a credit, among his last entries.
_UNMET: Final = f"""
SELECT d.kind, count(*)::int AS many
FROM (SELECT id FROM inbox WHERE person_id = $1 ORDER BY id DESC LIMIT {_LOOKED_BACK}) AS i JOIN deliveries d USING (id)
WHERE d.state IN ('pending', 'deferred') OR (d.state = 'suppressed' AND d.reason = 'no_credit')
   OR (d.state = 'refused' AND d.errcode = 43101)
GROUP BY d.kind
"""
_OFF: Final = "SELECT kind FROM notification_preferences WHERE person_id = $1 AND channel = 'subscribe' AND NOT is_on"
_ALLOWED: Final = """
SELECT t.template_id, t.title, t.is_long_term, COALESCE(c.balance, 0) AS balance,
       COALESCE(c.is_standing, FALSE) AS is_standing
FROM (SELECT id, account FROM addresses WHERE person_id = $1 AND channel = 'subscribe' AND state = 'live'
      ORDER BY seen_at DESC, id LIMIT 1) AS a
JOIN message_templates t USING (account) LEFT JOIN credits c ON c.address_id = a.id AND c.template_id = t.template_id
WHERE t.state = 'live' AND t.title = ANY ($2::text[]) ORDER BY t.title, t.template_id
"""


@dataclass(frozen=True, slots=True)
class Ask:
    """One template worth asking for: `expected` messages may come, and credit for `short` of them is missing."""

    template_id: str
    title: str
    is_long_term: bool
    expected: int
    short: int


async def ask_next(person_id: UUID, expected: Mapping[str, int]) -> list[Ask]:
    """Return at most three templates, the shortest first; none when credit suffices or he wants no pushes.

    `expected` says how many messages of each kind may come to him, as the capabilities that send them reckon.
    """
    coming = await _coming(person_id, expected)
    rows = await db.fetch(_ALLOWED, person_id, list(coming)) if coming else []
    asks = [
        Ask(row["template_id"], row["title"], row["is_long_term"], many, short)
        for row in rows
        if (short := (many := coming[row["title"]]) - (many if row["is_standing"] else row["balance"])) > 0
    ]
    asks.sort(key=lambda one: (-one.short, one.title, one.template_id))
    return [one for one in asks if one.is_long_term == asks[0].is_long_term][:AT_ONCE]


async def _coming(person_id: UUID, expected: Mapping[str, int]) -> dict[str, int]:
    """Return how many messages may come on each template, without the kinds whose push he has switched off."""
    off = {row["kind"] for row in await db.fetch(_OFF, person_id)}
    if preferences.EVERY_KIND in off:
        return {}
    many = Counter(expected)
    many.update({row["kind"]: row["many"] for row in await db.fetch(_UNMET, person_id)})
    by_template: Counter[str] = Counter()
    for key, count in many.items():
        kind = KINDS.get(key)
        if kind and key not in off and "subscribe" in kind.channels and count > 0:
            by_template[kind.template] += count
    return dict(by_template)
