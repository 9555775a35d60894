"""Writes messages: the inbox entry first, then the delivery, all in the caller's transaction.

It locks no row that others share (an address may be held by a worker, or by a broadcast's transaction): that there is
something due is a note of its own, which the workers work off.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from operator import attrgetter
from typing import Final
from uuid import UUID

import orjson

from backend import runtime
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.notifications.kinds import Kind, kind_of
from backend.notifications.message import Message
from backend.notifications.template_fields import fit

JOB: Final = "deliver"
WORTH_PUSHING: Final = timedelta(days=7)
"""How long a message without an end of its own is pushed."""

_AT_ONCE: Final = 5000

# The keys come in their own order: two commands that tell the same things wait for each other, and never in a circle.
_FRESH = """
INSERT INTO dedupe_keys (key, on_day) SELECT key, $2 FROM unnest($1::text[]) AS told (key)
ON CONFLICT (key) DO NOTHING RETURNING key
"""

# Of several addresses of one person that which allows the template, else the one he used last.
_WRITE = """
WITH told AS MATERIALIZED (
    SELECT m.*, a.address_id, CASE WHEN a.address_id IS NULL THEN 'no_address' WHEN m.data IS NULL THEN 'data_unfit' END
        AS obstacle
    FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                $9::text[], $10::text[], $11::boolean[], $12::boolean[], $13::timestamptz[], $14::uuid[], $15::uuid[])
        AS m (id, once, person_id, kind, title, body, fields, template, data, page, is_broadcast, is_urgent, not_after,
              subject, enterprise_id)
    LEFT JOIN LATERAL (
        SELECT a.id AS address_id FROM addresses a
        LEFT JOIN message_templates t ON t.account = a.account AND t.title = m.template AND t.state = 'live'
        LEFT JOIN credits c ON c.address_id = a.id AND c.template_id = t.template_id
        WHERE a.person_id = m.person_id AND a.state = 'live'
        ORDER BY COALESCE(c.balance > 0 OR c.is_standing, FALSE) DESC, a.seen_at DESC, a.id LIMIT 1
    ) a ON TRUE
), entries AS (
    INSERT INTO inbox (id, person_id, kind, title, body, fields, page, once, created_at)
    SELECT id, person_id, kind, title, body, fields::jsonb, page, once, $16 FROM told
), pushed AS (
    INSERT INTO deliveries (id, inbox_id, person_id, address_id, kind, template, data, page, is_broadcast, is_urgent,
                            subject, enterprise_id, state, reason, due_at, not_after, created_at, settled_at)
    SELECT id, id, person_id, address_id, kind, template, data::jsonb, page, is_broadcast, is_urgent, subject,
           enterprise_id, CASE WHEN obstacle IS NULL THEN 'pending' ELSE 'suppressed' END, obstacle, $16, not_after,
           $16, CASE WHEN obstacle IS NOT NULL THEN $16 END
    FROM told
)
INSERT INTO due_notes (delivery_id, address_id, due_at, is_bulk)
SELECT id, address_id, $16, is_broadcast FROM told WHERE obstacle IS NULL
"""
_CALL_OFF = "INSERT INTO called_off (subject, at) VALUES ($1, $2) ON CONFLICT (subject) DO NOTHING"


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


async def call_off(subject: UUID) -> None:
    """Push nothing more about a subject, what is told of it from now on included; the inbox keeps what it has."""
    await db.execute(_CALL_OFF, subject, clock.now())


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
    pairs = [(one.message, one.kind, _clean(one.message.fields)) for one in told]
    worth = clock.now() + WORTH_PUSHING
    return (
        [one.id for one in told],
        [message.once for message, _, _ in pairs],
        [message.recipient for message, _, _ in pairs],
        [kind.key for _, kind, _ in pairs],
        [kind.title for _, kind, _ in pairs],
        [kind.body.format_map(fields) for _, kind, fields in pairs],
        [orjson.dumps(fields).decode() for _, _, fields in pairs],
        [kind.template for _, kind, _ in pairs],
        [_data(kind, fields) for _, kind, fields in pairs],
        [message.page for message, _, _ in pairs],
        [kind.is_broadcast for _, kind, _ in pairs],
        [kind.is_urgent for _, kind, _ in pairs],
        [message.not_after or worth for message, _, _ in pairs],
        [message.subject for message, _, _ in pairs],
        [message.enterprise for message, _, _ in pairs],
    )


def _clean(fields: Mapping[str, str]) -> dict[str, str]:
    """Return fields as PostgreSQL can hold them."""
    return {name: value.replace("\x00", "") for name, value in fields.items()}


def _data(kind: Kind, fields: Mapping[str, str]) -> str | None:
    """Return the template's data as JSON, or None when some value can't be made to fit."""
    fitted = {name: fit(name, fields[source]) for name, source in kind.fields.items()}
    return None if None in fitted.values() else orjson.dumps(fitted).decode()
