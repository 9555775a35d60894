"""Looks after deliveries: what waits too long, which templates cannot be used, what the ledger does not prove."""

from datetime import timedelta
from typing import Any, Final

from backend import alerts, runtime
from backend.alerts.raising import clear_others
from backend.alerts.watching import LATE
from backend.foundation import clock, db
from backend.notifications.kinds import KINDS, Channel
from backend.notifications.troubles import name_of
from backend.notifications.ways import SMS_ACCOUNT

BROADCAST_LATE: Final = timedelta(minutes=30)
"""A hundred thousand messages of one broadcast are due at one moment and take some ten minutes: that is no fault."""

_LATE: Final = """
SELECT count(*) AS waiting, extract(epoch FROM $1::timestamptz - min(due_at))::int AS oldest_seconds FROM deliveries
WHERE state IN ('pending', 'deferred')
  AND due_at < $1::timestamptz - CASE WHEN is_broadcast THEN $3::interval ELSE $2::interval END
"""
_CALLBACKS: Final = (
    "SELECT count(*) AS waiting, min(received_at) AS oldest FROM callback_events WHERE handled_at IS NULL"
)
# An account whose list has never been read tells nothing about its templates; text messages have no list.
_UNUSABLE: Final = """
SELECT w.channel, w.title, COALESCE(best.state, 'gone') AS state, best.reason
FROM unnest($1::text[], $2::text[], $3::text[]) AS w (channel, account, title)
LEFT JOIN LATERAL (
    SELECT m.state, m.reason FROM message_templates m WHERE m.account = w.account AND m.title = w.title
    ORDER BY m.state <> 'live', m.state = 'gone', m.template_id LIMIT 1
) best ON TRUE
WHERE best.state IS DISTINCT FROM 'live' AND CASE WHEN w.channel = 'sms' THEN best.state IS NOT NULL
      ELSE EXISTS (SELECT FROM message_templates m WHERE m.account = w.account) END
ORDER BY 1, 2
"""
_DRIFT: Final = """
SELECT (detail ->> 'balances')::int FROM alerts WHERE kind = 'credit_drift' AND cleared_at IS NULL
"""
_CREDITS: Final = """
SELECT t.title, sum(c.balance)::bigint AS balance, count(*) FILTER (WHERE c.is_standing) AS standing
FROM credits c JOIN message_templates t USING (template_id) GROUP BY 1
"""


async def watch() -> None:
    """Tell what waits too long and what can't be used at this moment; to be repeated well within a minute."""
    late = await db.fetch_one(_LATE, clock.now(), LATE, BROADCAST_LATE)
    if late and late["waiting"]:
        await alerts.confirm("deliveries_late", {"": dict(late)})
    waiting, oldest = await callbacks_waiting()
    if oldest > LATE.total_seconds():
        await alerts.confirm("callbacks_late", {"": {"waiting": waiting, "oldest_seconds": int(oldest)}})
    await watch_templates()


async def callbacks_waiting() -> tuple[int, float]:
    """Return how many pushes of WeChat wait and for how many seconds the oldest of them has."""
    row = await db.fetch_one(_CALLBACKS)
    if row is None or row["oldest"] is None:
        return 0, 0.0
    return row["waiting"], (clock.now() - row["oldest"]).total_seconds()


async def watch_templates() -> None:
    """Tell which templates our kinds need and can't use; one that is refused ends when somebody resumes it."""
    found: dict[str, dict[str, dict[str, Any]]] = {"gone": {}, "misfit": {}, "stopped": {}}
    for row in await unusable_templates():
        detail = {"channel": row["channel"], "reason": row["reason"]}
        found[row["state"]][name_of(row["channel"], row["title"])] = detail
    for state, keys in found.items():
        await alerts.confirm(f"template_{state}", keys)
    for state in ("gone", "misfit"):
        await clear_others(f"template_{state}", list(found[state]))


async def unusable_templates() -> list[dict[str, Any]]:
    """Return channel, title, state and reason of every template that some kind needs and nobody can use."""
    settings = runtime.current().settings
    accounts: dict[Channel, str] = {
        "subscribe": settings.wechat_appid,
        "service": settings.wechat_service_appid,
        "sms": SMS_ACCOUNT,
    }
    wanted = {
        (channel, accounts[channel], form.template)
        for kind in KINDS.values()
        for channel, form in kind.forms.items()
        if accounts.get(channel) and channel in kind.channels
    }
    columns = [list(column) for column in zip(*sorted(wanted), strict=True)]
    return [dict(row) for row in await db.fetch(_UNUSABLE, *columns)]


async def known_drift() -> int:
    """Return how many balances the last check found unproved, whichever process made it."""
    return int(await db.fetch_value(_DRIFT) or 0)


async def credit_sums() -> dict[str, tuple[int, int]]:
    """Return by template how many messages all owners together allow, and how many allow any number."""
    return {row["title"]: (row["balance"], row["standing"]) for row in await db.fetch(_CREDITS)}
