"""Which templates the mini-program asks for at the next tap, because credit for coming messages is short.

WeChat's dialog takes at most three templates, one-time and long-term ones never together (error 20002), so the first
decides which of the two are asked for. First comes what somebody waits for already, then what matters most: the
catalogue tells its kinds in that order. Whoever declined a template within the last days is asked for others before it.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from asyncpg import Record

from backend.foundation import clock, db
from backend.notifications import preferences
from backend.notifications.kinds import KINDS

AT_ONCE: Final = 3
DECLINED_FOR: Final = timedelta(days=7)
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
       COALESCE(c.is_standing, FALSE) AS is_standing, COALESCE(c.declined_at > $3, FALSE) AS is_declined
FROM (SELECT id, account FROM addresses WHERE person_id = $1 AND channel = 'subscribe' AND state = 'live'
      ORDER BY seen_at DESC, id LIMIT 1) AS a
JOIN message_templates t USING (account) LEFT JOIN credits c ON c.address_id = a.id AND c.template_id = t.template_id
WHERE t.state = 'live' AND t.title = ANY ($2::text[]) ORDER BY t.title, t.template_id
"""

# A template counts as much as the first of its kinds.
_IMPORTANCE: Final[Mapping[str, int]] = {
    kind.template: place for place, kind in reversed(list(enumerate(KINDS.values()))) if kind.template
}


@dataclass(frozen=True, slots=True)
class Ask:
    """One template worth asking for: `expected` messages may come, and credit for `short` of them is missing."""

    template_id: str
    title: str
    is_long_term: bool
    expected: int
    short: int


async def ask_next(person_id: UUID, expected: Mapping[str, int]) -> list[Ask]:
    """Return at most three templates, the most wanted first; none when credit suffices or he wants no pushes.

    `expected` says how many messages of each kind may come to him, as the capabilities that send them reckon.
    """
    unmet = {row["kind"]: row["many"] for row in await db.fetch(_UNMET, person_id)}
    coming = await _coming(person_id, Counter(expected) + Counter(unmet))
    rows = await db.fetch(_ALLOWED, person_id, list(coming), clock.now() - DECLINED_FOR) if coming else []
    asks = [(row, ask) for row in rows if (ask := _ask(row, coming[row["title"]])).short > 0]
    waiting = {KINDS[kind].template for kind in unmet if kind in KINDS}
    asks.sort(key=lambda one: _rank(one[0], one[1], waiting))
    return [ask for _, ask in asks if ask.is_long_term == asks[0][1].is_long_term][:AT_ONCE]


def _ask(row: Record, expected: int) -> Ask:
    short = 0 if row["is_standing"] else expected - row["balance"]
    return Ask(row["template_id"], row["title"], row["is_long_term"], expected, short)


def _rank(row: Record, ask: Ask, waiting: Collection[str]) -> tuple[object, ...]:
    return row["is_declined"], ask.title not in waiting, _IMPORTANCE[ask.title], -ask.short, ask.template_id


async def _coming(person_id: UUID, many: Mapping[str, int]) -> dict[str, int]:
    """Return how many messages may come on each template, without the kinds whose push he has switched off."""
    off = {row["kind"] for row in await db.fetch(_OFF, person_id)}
    if preferences.EVERY_KIND in off:
        return {}
    by_template: Counter[str] = Counter()
    for key, count in many.items():
        kind = KINDS.get(key)
        if kind and key not in off and "subscribe" in kind.channels and count > 0:
            by_template[kind.template] += count
    return dict(by_template)
