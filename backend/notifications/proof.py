"""The sent event is the proof of a delivery: it tells whether the message reached the phone, also when no answer did.

By msgid; WeChat sometimes leaves it out of its answer, then the oldest unproved message of that openid and template is
meant, if it was sent within the last day.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from backend.foundation import clock, db
from backend.notifications.emptying import empty_credits
from backend.notifications.kinds import Channel
from backend.notifications.settling import REFUSED_CREDIT

WINDOW: Final = timedelta(days=1)
FAILED: Final = -1
"""Stands for an ErrorCode that is no number."""
_DIGITS: Final = 9

_PROVE = """
UPDATE deliveries d SET
    state = CASE WHEN t.errcode = 0 THEN 'sent' ELSE 'refused' END,
    reason = CASE WHEN t.errcode <> 0 THEN t.status END, errcode = NULLIF(t.errcode, 0),
    msgid = COALESCE(d.msgid, t.msgid), claim = NULL, confirmed_at = $1, settled_at = COALESCE(d.settled_at, $1)
FROM unnest($2::uuid[], $3::text[], $4::int[], $5::text[]) AS t (id, msgid, errcode, status)
WHERE d.id = t.id AND d.confirmed_at IS NULL AND d.state IN ('sending', 'sent', 'unknown', 'unknown_final')
RETURNING d.address_id, d.template_id, d.errcode, EXISTS (
    SELECT FROM credits c WHERE c.address_id = d.address_id AND c.template_id = d.template_id
        AND GREATEST(c.events_at, c.reports_at) > d.sending_at) AS is_allowed_since
"""
# What the SMS provider reports is told by our own id of the try; a report of another message than it took is none.
_REPORT = """
UPDATE deliveries d SET
    state = CASE WHEN t.is_success THEN 'sent' ELSE 'refused' END,
    reason = CASE WHEN NOT t.is_success THEN t.code END, msgid = COALESCE(d.msgid, NULLIF(t.msgid, '')), claim = NULL,
    confirmed_at = $1, settled_at = COALESCE(d.settled_at, $1)
FROM unnest($2::uuid[], $3::boolean[], $4::text[], $5::text[]) AS t (id, is_success, code, msgid)
WHERE d.id = t.id AND d.channel = 'sms' AND d.confirmed_at IS NULL AND (d.msgid IS NULL OR d.msgid = t.msgid)
  AND d.state IN ('sending', 'sent', 'unknown', 'unknown_final')
"""
_BY_MSGID = "SELECT id, channel, msgid FROM deliveries WHERE msgid = ANY($1::text[])"
# The n-th of several events of one pair is about the n-th oldest message; one that was given up comes last, for the
# event of a call under way may be here before its answer is written down.
_BY_PAIR = """
SELECT t.nr, d.id FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::int[])
    AS t (nr, account, openid, template_id, nth)
JOIN addresses a ON a.channel = 'subscribe' AND a.account = t.account AND a.openid = t.openid
JOIN LATERAL (
    SELECT w.id FROM deliveries w
    WHERE w.address_id = a.id AND w.template_id = t.template_id AND w.confirmed_at IS NULL AND w.msgid IS NULL
      AND (w.state IN ('sending', 'unknown', 'unknown_final') OR (w.state = 'sent' AND w.msgid IS NULL))
      AND w.sending_at > $6
    ORDER BY w.state = 'unknown_final', w.sending_at, w.id OFFSET t.nth LIMIT 1
) d ON TRUE
"""


@dataclass(frozen=True, slots=True)
class Sent:
    """One entry of a sent event."""

    account: str
    openid: str
    template_id: str
    msgid: str | None
    errcode: int
    status: str
    channel: Channel = "subscribe"

    @classmethod
    def of(cls, account: str, openid: str, item: Mapping[str, str]) -> "Sent":
        return cls(
            account,
            openid,
            item.get("TemplateId", ""),
            item.get("MsgID") or item.get("MsgId") or None,
            _number(item.get("ErrorCode", "")),
            item.get("ErrorStatus", "")[:200],
        )

    @classmethod
    def of_job(cls, account: str, openid: str, raw: Mapping[str, Any]) -> "Sent":
        """Read the service account's TEMPLATESENDJOBFINISH, which tells a status and no code."""
        status = str(raw.get("Status") or "")
        msgid = str(raw.get("MsgID") or raw.get("MsgId") or "") or None
        return cls(account, openid, "", msgid, 0 if status == "success" else FAILED, status[:200], "service")

    @property
    def pair(self) -> tuple[str, str, str]:
        return self.account, self.openid, self.template_id


async def confirm(told: Sequence[Sent]) -> None:
    """Note what happened to messages; an entry that fits none of ours changes nothing. The addresses must be locked."""
    found = await _by_msgid(told)
    rest = [(nr, one) for nr, one in enumerate(told) if nr not in found and one.channel == "subscribe"]
    found.update(await _by_pair(rest))
    if found:
        known: list[tuple[UUID, Sent]] = [(found[nr], told[nr]) for nr in found]
        rows = await db.fetch(
            _PROVE,
            clock.now(),
            [delivery for delivery, _ in known],
            [one.msgid for _, one in known],
            [one.errcode for _, one in known],
            [one.status for _, one in known],
        )
        # As when the answer says it, unless he has allowed something since.
        refused = [row for row in rows if row["errcode"] == REFUSED_CREDIT and not row["is_allowed_since"]]
        await empty_credits([(row["address_id"], row["template_id"]) for row in refused], "refused")


@dataclass(frozen=True, slots=True)
class Reported:
    """One delivery report of a text message: `id` is our try, `msgid` the provider's number of it."""

    id: UUID
    is_success: bool
    code: str
    msgid: str

    @classmethod
    def of(cls, item: Mapping[str, str]) -> "Reported | None":
        """Return None for a report of nothing that we could have sent."""
        try:
            told = UUID(item["out_id"])
        except (KeyError, ValueError):
            return None
        return cls(told, item.get("success") == "1", item.get("err_code") or "unknown", item.get("biz_id", ""))


async def report(told: Sequence[Reported]) -> None:
    """Note what became of text messages; of several reports of one the first counts. The addresses must be locked.

    What the network refuses, however late, takes the next channel where its kind has one.
    """
    first = {one.id: one for one in reversed(told)}
    await db.execute(
        _REPORT,
        clock.now(),
        list(first),
        [one.is_success for one in first.values()],
        [one.code for one in first.values()],
        [one.msgid for one in first.values()],
    )


async def _by_msgid(told: Sequence[Sent]) -> dict[int, UUID]:
    wanted = [one.msgid for one in told if one.msgid]
    rows = await db.fetch(_BY_MSGID, wanted) if wanted else []
    known = {(row["channel"], row["msgid"]): row["id"] for row in rows}
    return {nr: known[one.channel, one.msgid] for nr, one in enumerate(told) if (one.channel, one.msgid) in known}


async def _by_pair(told: Sequence[tuple[int, Sent]]) -> dict[int, UUID]:
    if not told:
        return {}
    seen: Counter[tuple[str, str, str]] = Counter()
    columns: list[tuple[Any, ...]] = []
    for nr, one in told:
        columns.append((nr, *one.pair, seen[one.pair]))
        seen[one.pair] += 1
    rows = await db.fetch(_BY_PAIR, *(list(column) for column in zip(*columns, strict=True)), clock.now() - WINDOW)
    return {row["nr"]: row["id"] for row in rows}


def _number(text: str) -> int:
    """Return an ErrorCode; anything that is no small number is a failure we have no name for."""
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS else FAILED
