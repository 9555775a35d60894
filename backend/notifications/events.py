"""Works off what WeChat pushed: credits from popups, opt-outs, and the proof that a message was delivered."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import orjson

from backend.foundation import clock, db
from backend.foundation.logging import get_logger
from backend.notifications import credits as ledger

log = get_logger(__name__)

BATCH: Final = 500

_TAKE = """
SELECT id, account, event FROM callback_events WHERE handled_at IS NULL ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED
"""
_DONE = "UPDATE callback_events SET handled_at = $2 WHERE id = ANY($1::uuid[])"

# By msgid; WeChat sometimes leaves it out, then the oldest open message of that openid and template is meant.
_CONFIRM = """
WITH told AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::text[])
        AS t (account, openid, template_id, msgid, errcode, status)
), found AS (
    SELECT DISTINCT ON (d.id) d.id, t.errcode, t.status, t.msgid FROM told t JOIN LATERAL (
        (SELECT id, 0 AS distance, created_at FROM deliveries WHERE msgid = t.msgid)
        UNION ALL
        (SELECT w.id, 1, w.created_at FROM deliveries w JOIN addresses a ON a.id = w.address_id
         WHERE a.channel = 'subscribe' AND a.account = t.account AND a.openid = t.openid
           AND w.template_id = t.template_id AND w.state IN ('sending', 'unknown') AND w.msgid IS NULL)
        ORDER BY distance, created_at LIMIT 1
    ) d ON TRUE
)
UPDATE deliveries d SET
    state = CASE WHEN f.errcode <> 0 THEN 'refused' ELSE 'sent' END,
    reason = CASE WHEN f.errcode <> 0 THEN f.status END,
    errcode = NULLIF(f.errcode, 0), msgid = COALESCE(d.msgid, f.msgid),
    confirmed_at = $7, settled_at = COALESCE(d.settled_at, $7)
FROM found f WHERE d.id = f.id AND d.state IN ('sending', 'sent', 'unknown', 'unknown_final')
"""

Push = tuple[str, dict[str, Any]]


async def handle(limit: int = BATCH) -> int:
    """Work off up to `limit` pushes in one transaction and return how many; repeat until 0."""
    async with db.transaction():
        rows = await db.fetch(_TAKE, limit)
        pushes = [(row["account"], orjson.loads(row["event"])) for row in rows]
        await _sent([push for push in pushes if push[1]["kind"] == "subscribe_msg_sent_event"])
        for account, event in pushes:
            if event["openid"] and event["kind"] in _HANDLERS:
                await _HANDLERS[event["kind"]](account, event)
        if rows:
            await db.execute(_DONE, [row["id"] for row in rows], clock.now())
    return len(rows)


async def _sent(pushes: Sequence[Push]) -> None:
    told = [
        (
            account,
            event["openid"],
            item.get("TemplateId"),
            item.get("MsgID"),
            _number(item.get("ErrorCode")),
            _status(item),
        )
        for account, event in pushes
        for item in event["items"]
        if event["openid"]
    ]
    if told:
        await db.execute(_CONFIRM, *(list(column) for column in zip(*told, strict=True)), clock.now())


def _status(item: Mapping[str, str]) -> str:
    return item.get("ErrorStatus", "")[:200]


def _number(text: str | None) -> int:
    """Anything that is no small number is a failure we have no name for."""
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 10 else -1  # noqa: PLR2004


def _answers(event: Mapping[str, Any], wanted: str) -> list[str]:
    return [
        item["TemplateId"]
        for item in event["items"]
        if item.get("SubscribeStatusString") == wanted and item.get("TemplateId")
    ]


async def _popup(account: str, event: Mapping[str, Any]) -> None:
    await ledger.popup(account, event["openid"], _answers(event, "accept"), _answers(event, "reject"))


async def _change(account: str, event: Mapping[str, Any]) -> None:
    await ledger.opted_out(account, event["openid"], _answers(event, "reject"))


_HANDLERS: Final[Mapping[str, Callable[[str, Mapping[str, Any]], Awaitable[None]]]] = {
    "subscribe_msg_popup_event": _popup,
    "subscribe_msg_change_event": _change,
}
