"""Writes messages: the inbox entry first, then the delivery, all in the caller's transaction.

It locks no row that others share (an address may be held by a worker, or by a broadcast's transaction): that there is
something due is a note of its own, which the workers work off.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final, Literal
from uuid import UUID

import orjson

from backend import runtime
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.settings import Settings
from backend.notifications.hours import before_quiet
from backend.notifications.kinds import Kind, kind_of
from backend.notifications.message import Message
from backend.notifications.rendering import data

JOB: Final = "deliver"
WORTH_PUSHING: Final = timedelta(days=7)
"""How long a message without an end of its own is pushed."""

_AT_ONCE: Final = 5000

# The keys come in their own order: two commands that tell the same things wait for each other, and never in a circle.
_FRESH = """
INSERT INTO dedupe_keys (key, on_day) SELECT key, $2 FROM unnest($1::text[]) AS told (key)
ON CONFLICT (key) DO NOTHING RETURNING key
"""

# Of several addresses of one person that which allows the template, else the one he used last. Where the first channel
# can't be taken, whoever looks for the next one finds the row by its `onward`.
_WRITE = """
WITH told AS MATERIALIZED (
    SELECT m.*, string_to_array(NULLIF(m.channels, ''), ',') AS onward, a.address_id,
           CASE WHEN m.is_inbox_only THEN 'inbox_only' WHEN a.address_id IS NULL THEN 'no_address'
                WHEN m.data IS NULL THEN 'data_unfit' END AS obstacle
    FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                $9::text[], $10::text[], $11::boolean[], $12::boolean[], $13::boolean[], $14::boolean[], $15::boolean[],
                $16::text[], $17::timestamptz[], $18::timestamptz[], $19::uuid[], $20::uuid[], $21::uuid[])
        AS m (id, once, person_id, kind, title, body, fields, template, data, page, is_broadcast, is_urgent,
              is_critical, is_inbox_only, resends_unknown, channels, due_at, not_after, subject, enterprise_id,
              broadcast_id)
    LEFT JOIN LATERAL (
        SELECT a.id AS address_id FROM addresses a
        LEFT JOIN message_templates t ON t.account = a.account AND t.title = m.template AND t.state = 'live'
        LEFT JOIN credits c ON c.address_id = a.id AND c.template_id = t.template_id
        WHERE a.person_id = m.person_id AND a.channel = 'subscribe' AND a.state = 'live'
        ORDER BY COALESCE(c.balance > 0 OR c.is_standing, FALSE) DESC, a.seen_at DESC, a.id LIMIT 1
    ) a ON TRUE
), entries AS (
    INSERT INTO inbox (id, person_id, kind, title, body, fields, page, once, created_at, subject, is_muted)
    SELECT id, person_id, kind, title, body, fields::jsonb, page, once, $22, subject, NOT is_critical AND EXISTS (
        SELECT FROM notification_preferences p
        WHERE p.person_id = told.person_id AND p.kind = told.kind AND p.channel = 'inbox' AND NOT p.is_on)
    FROM told
), pushed AS (
    INSERT INTO deliveries (id, inbox_id, person_id, address_id, kind, template, data, page, is_broadcast, is_urgent,
                            subject, enterprise_id, broadcast_id, onward, resends_unknown, state, reason, due_at,
                            not_after, created_at, settled_at)
    SELECT id, id, person_id, address_id, kind, template, data::jsonb, page, is_broadcast, is_urgent, subject,
           enterprise_id, broadcast_id, onward, resends_unknown,
           CASE WHEN obstacle IS NULL THEN 'pending' ELSE 'suppressed' END, obstacle, due_at, not_after, $22,
           CASE WHEN obstacle IS NOT NULL THEN $22 END
    FROM told
)
INSERT INTO due_notes (delivery_id, address_id, due_at, is_bulk)
SELECT id, address_id, due_at, is_broadcast FROM told WHERE obstacle IS NULL
"""
_CALL_OFF = "INSERT INTO called_off (subject, at, because) VALUES ($1, $2, $3) ON CONFLICT (subject) DO NOTHING"


@dataclass(frozen=True, slots=True)
class _Told:
    """A message with its kind, its dedupe key and the id its rows will have."""

    id: UUID
    key: str
    message: Message
    kind: Kind


async def tell(messages: Sequence[Message]) -> int:
    """Write messages in the open transaction and return how many were new.

    What a person was told before changes nothing. Fields are fitted to the template here, so that WeChat has no reason
    to refuse them; where they can't be, the message stays in the inbox alone. Raises WrongMessage for a message that
    lacks what its kind needs, before anything is written.
    """
    if not db.in_transaction():
        raise RuntimeError("a message is written in the transaction of the command that causes it")
    told = _distinct(messages)
    count = 0
    for start in range(0, len(told), _AT_ONCE):
        count += await _write(told[start : start + _AT_ONCE])
    if count:
        db.after_commit(_wake)
    return count


async def call_off(subject: UUID, because: Literal["cancelled", "withdrawn", "superseded"] = "cancelled") -> None:
    """Push nothing more about a subject, what is told of it from now on included; the inbox keeps what it has.

    Its entries say from now on that what they speak of no longer stands, and why.
    """
    await db.execute(_CALL_OFF, subject, clock.now(), because)


def _distinct(messages: Sequence[Message]) -> list[_Told]:
    """Return what is told, each thing once, in the order of keys; ids are in the order of the messages."""
    told: dict[str, _Told] = {}
    for message in messages:
        kind = kind_of(message)
        key = f"told:{message.recipient}:{message.once}"
        if key not in told:
            told[key] = _Told(new_id(), key, message, kind)
    return sorted(told.values(), key=attrgetter("key"))


async def _write(told: Sequence[_Told]) -> int:
    rows = await db.fetch(_FRESH, [one.key for one in told], clock.today())
    fresh = {row["key"] for row in rows}
    new = sorted((one for one in told if one.key in fresh), key=attrgetter("id"))
    if new:
        await db.execute(_WRITE, *_columns(new), clock.now())
    return len(new)


async def _wake() -> None:
    """Wake a worker; without one the sweep finds the rows."""
    await runtime.current().wake_ups.wake(JOB)


def _columns(told: Sequence[_Told]) -> tuple[list[object], ...]:
    """Return what is written as columns, in the order in which the statement names them."""
    moment, settings = clock.now(), runtime.current().settings
    rows = [_row(one, moment, settings) for one in told]
    return tuple(list(column) for column in zip(*rows, strict=True))


def _row(one: _Told, moment: datetime, settings: Settings) -> tuple[object, ...]:
    message, kind, fields = one.message, one.kind, _clean(one.message.fields)
    return (
        one.id,
        message.once,
        message.recipient,
        kind.key,
        kind.title,
        kind.body.format_map(fields),
        orjson.dumps(fields).decode(),
        kind.template,
        data(kind, "subscribe", fields),
        message.page or kind.page,
        kind.is_broadcast,
        kind.is_urgent,
        kind.is_critical,
        not kind.channels,
        kind.resend_if_unknown,
        ",".join(kind.channels[1:]),
        _due(message, kind, moment, settings),
        message.end or max(moment, message.due or moment) + WORTH_PUSHING,
        message.subject,
        message.enterprise,
        message.broadcast,
    )


def _due(message: Message, kind: Kind, moment: datetime, settings: Settings) -> datetime:
    """Return when a message is to go out: never before it was told."""
    due = max(moment, message.due or moment)
    if kind.clock == "reminder" and not kind.is_urgent:
        return max(moment, before_quiet(due, settings))
    return due


def _clean(fields: Mapping[str, str]) -> dict[str, str]:
    """Return fields as PostgreSQL can hold them."""
    return {name: value.replace("\x00", "") for name, value in fields.items()}
