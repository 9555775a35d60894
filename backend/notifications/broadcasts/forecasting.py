"""How a frozen list can be reached, before anything is sent; and how it was reached, afterwards.

Everybody counts once, by the best way there is for him. *Certain* credit was told by WeChat itself, *presumed* by the
mini-program alone; a standing permission is *long-term*. A way that he has switched off is none.
"""

from typing import Final
from uuid import UUID

from backend.foundation import clock, db
from backend.notifications.kinds import KINDS

# $1 the kind, $2 its template's title, $3 has it a service-account form, $4 has it a text message, $5 now.
_WAYS: Final = """
WITH listed AS MATERIALIZED ({listed}
), closed AS MATERIALIZED (
    SELECT p.person_id, p.channel FROM notification_preferences p JOIN listed USING (person_id)
    WHERE NOT p.is_on AND p.kind IN ($1, '*')
), allowed AS MATERIALIZED (
    SELECT a.person_id, min(CASE WHEN t.is_long_term THEN 1 ELSE 2 + COALESCE({is_presumed}, FALSE)::int END) AS way
    FROM listed l
    JOIN addresses a ON a.person_id = l.person_id AND a.channel = 'subscribe' AND a.state = 'live'
    JOIN message_templates t ON t.account = a.account AND t.title = $2 AND t.state = 'live'
    JOIN credits c ON c.address_id = a.id AND c.template_id = t.template_id
    WHERE CASE WHEN t.is_long_term THEN c.is_standing ELSE c.balance > 0 END
    GROUP BY a.person_id
), ways AS (
    SELECT l.person_id, CASE
        WHEN w.way IS NOT NULL AND NOT {closed_for_subscribe} THEN w.way
        WHEN $3 AND f.person_id IS NOT NULL AND NOT {closed_for_service} THEN 4
        WHEN $4 AND p.phone_verified_at IS NOT NULL AND p.phone_sealed IS NOT NULL AND NOT {closed_for_sms} THEN 5
        ELSE 6 END AS way
    FROM listed l JOIN persons p ON p.id = l.person_id LEFT JOIN allowed w ON w.person_id = l.person_id
    LEFT JOIN LATERAL (
        SELECT p.id AS person_id FROM service_followers s WHERE $3 AND s.unionid = p.unionid AND s.is_following LIMIT 1
    ) f ON TRUE
)
SELECT jsonb_build_object(
    'long_term', count(*) FILTER (WHERE way = 1), 'certain', count(*) FILTER (WHERE way = 2),
    'presumed', count(*) FILTER (WHERE way = 3), 'service', count(*) FILTER (WHERE way = 4),
    'sms', count(*) FILTER (WHERE way = 5), 'inbox_only', count(*) FILTER (WHERE way = 6),
    'total', count(*), 'at', $5::text)
FROM ways
"""
# The last tap was told by the mini-program alone; one that WeChat told of too was noted as confirmed.
_PRESUMED: Final = """
(SELECT e.reason FROM credit_entries e
 WHERE e.address_id = c.address_id AND e.template_id = c.template_id AND e.reason IN ('report', 'popup', 'confirmed')
 ORDER BY e.id DESC LIMIT 1) = 'report'
"""


def _closed(channel: str) -> str:
    return f"(l.person_id, '{channel}') IN (SELECT person_id, channel FROM closed)"


FIRST_PARAM: Final = 6
"""The number of the first parameter of a list's own SQL."""

_FROZEN: Final = """
    SELECT r.person_id FROM broadcast_recipients r WHERE r.broadcast_id = $6 AND r.left_out IS NULL"""
_FORECAST: Final = _WAYS.format(
    listed="{listed}",
    is_presumed=_PRESUMED,
    closed_for_subscribe=_closed("subscribe"),
    closed_for_service=_closed("service"),
    closed_for_sms=_closed("sms"),
)
# Of several tries of one person the one that reached him counts, else the last one.
_ACTUAL: Final = """
WITH best AS (
    SELECT DISTINCT ON (d.person_id) d.person_id, d.channel, d.state FROM deliveries d
    WHERE d.broadcast_id = $1 AND d.id >= $2
    ORDER BY d.person_id, d.state = 'sent' DESC, d.state LIKE 'unknown%' DESC, d.id DESC
), each AS (
    SELECT CASE WHEN r.told_at IS NULL THEN 'not_told' WHEN b.state = 'sent' THEN b.channel
                WHEN b.state IN ('unknown', 'unknown_final') THEN 'unknown' ELSE 'inbox_only' END AS way
    FROM broadcast_recipients r LEFT JOIN best b USING (person_id) WHERE r.broadcast_id = $1
)
SELECT jsonb_build_object(
    'subscribe', count(*) FILTER (WHERE way = 'subscribe'), 'service', count(*) FILTER (WHERE way = 'service'),
    'sms', count(*) FILTER (WHERE way = 'sms'), 'unknown', count(*) FILTER (WHERE way = 'unknown'),
    'inbox_only', count(*) FILTER (WHERE way = 'inbox_only'), 'not_told', count(*) FILTER (WHERE way = 'not_told'),
    'total', count(*), 'at', $3::text)
FROM each
"""


# A list that was written a moment ago is thought to be one row: joined by loops it would take hours.
_BY_HASH: Final = "SET LOCAL enable_nestloop = off"
_AS_USUAL: Final = "SET LOCAL enable_nestloop = on"


async def of_list(kind: str, listed: str, *params: object) -> str:
    """Forecast how a list can be reached by a kind of message, as JSON; whoever it is.

    `listed` is SQL for distinct `person_id`s, its parameters numbered from FIRST_PARAM.
    """
    forms = KINDS[kind].forms
    given = (kind, KINDS[kind].template, "service" in forms, "sms" in forms, _now())
    return await _count(_FORECAST.format(listed=listed), *given, *params)


async def store(broadcast_id: UUID, kind: str) -> None:
    """Forecast a frozen list and keep it with the broadcast."""
    told = await of_list(kind, _FROZEN, broadcast_id)
    await db.execute("UPDATE broadcasts SET forecast = $2::jsonb WHERE id = $1", broadcast_id, told)


async def store_actual(broadcast_id: UUID) -> None:
    """Count how everybody was reached and keep it beside the forecast."""
    told = await _count(_ACTUAL, broadcast_id, broadcast_id, _now())
    await db.execute("UPDATE broadcasts SET actual = $2::jsonb WHERE id = $1", broadcast_id, told)


async def _count(sql: str, *params: object) -> str:
    async with db.transaction():
        await db.execute(_BY_HASH)
        found: str = await db.fetch_value(sql, *params)
        await db.execute(_AS_USUAL)
    return found


def _now() -> str:
    return clock.now().astimezone(clock.SHANGHAI).isoformat(timespec="seconds")
