"""Writes messages: the inbox entry first, then one delivery per address, all in the caller's transaction."""

from collections.abc import Sequence
from typing import Final

import orjson

from backend import runtime
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.notifications.kinds import KINDS
from backend.notifications.message import Message
from backend.notifications.template_fields import fit

JOB: Final = "deliver"

# One statement for the lot: what was told before falls out, the rest becomes inbox entries and deliveries.
_TELL = """
WITH told AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[],
                         $8::text[], $9::text[], $10::boolean[], $11::boolean[], $12::timestamptz[])
        AS m (id, once, person_id, kind, title, body, fields, template, data, is_broadcast, is_urgent, not_after)
    JOIN unnest($1::uuid[], $13::text[]) AS p (id, page) USING (id)
), fresh AS (
    INSERT INTO dedupe_keys (key, on_day) SELECT DISTINCT once, $15::date FROM told
    ON CONFLICT (key) DO NOTHING RETURNING key
), entries AS (
    INSERT INTO inbox (id, person_id, kind, title, body, fields, page, once, created_at)
    SELECT DISTINCT ON (once) id, person_id, kind, title, body, fields::jsonb, page, once, $14
    FROM told WHERE once IN (SELECT key FROM fresh) ORDER BY once, id
    RETURNING id, person_id
), pushed AS (
    INSERT INTO deliveries (id, inbox_id, person_id, address_id, kind, template, data, page, is_broadcast, is_urgent,
                            state, reason, due_at, not_after, created_at)
    SELECT uuidv7(), e.id, e.person_id, a.id, t.kind, t.template, t.data::jsonb, t.page, t.is_broadcast, t.is_urgent,
           CASE WHEN a.id IS NULL THEN 'suppressed' ELSE 'pending' END,
           CASE WHEN a.id IS NULL THEN 'no_address' END, $14, t.not_after, $14
    FROM entries e JOIN told t ON t.id = e.id
    LEFT JOIN addresses a ON a.person_id = e.person_id AND a.state = 'live'
    RETURNING address_id
)
SELECT (SELECT count(*) FROM entries) AS told,
       (SELECT array_agg(DISTINCT address_id) FILTER (WHERE address_id IS NOT NULL) FROM pushed) AS addresses
"""

# Always in the order of ids, like every statement that locks many addresses.
LOCK_ADDRESSES = "SELECT id FROM addresses WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"

_DUE = """
UPDATE addresses SET next_due_at = LEAST(COALESCE(next_due_at, $2), $2) WHERE id = ANY($1::uuid[])
"""


async def tell(messages: Sequence[Message]) -> int:
    """Write messages in the open transaction and return how many were new.

    A message whose `once` was told before changes nothing. Its fields are fitted to the template here, so that no
    recipient's data can be refused later.
    """
    if not db.in_transaction():
        raise RuntimeError("a message is written in the transaction of the command that causes it")
    if not messages:
        return 0
    moment = clock.now()
    row = await db.fetch_one(_TELL, *_columns(messages), moment, clock.today())
    assert row is not None  # noqa: S101  an aggregate always has a row
    if row["addresses"]:
        await db.fetch(LOCK_ADDRESSES, row["addresses"])
        await db.execute(_DUE, row["addresses"], moment)
        db.after_commit(_wake)
    return int(row["told"])


async def _wake() -> None:
    """Wake a worker; without one the sweep finds the rows."""
    await runtime.current().wake_ups.wake(JOB)


def _columns(messages: Sequence[Message]) -> tuple[list[object], ...]:
    kinds = [KINDS[message.kind] for message in messages]
    pairs = list(zip(messages, kinds, strict=True))
    return (
        [new_id() for _ in messages],
        [message.once for message in messages],
        [message.recipient for message in messages],
        [message.kind for message in messages],
        [kind.title for kind in kinds],
        [kind.body.format_map(message.fields) for message, kind in pairs],
        [orjson.dumps(dict(message.fields)).decode() for message in messages],
        [kind.template for kind in kinds],
        [
            orjson.dumps({name: fit(name, message.fields[source]) for name, source in kind.fields.items()}).decode()
            for message, kind in pairs
        ],
        [kind.is_broadcast for kind in kinds],
        [kind.is_urgent for kind in kinds],
        [message.not_after for message in messages],
        [message.page for message in messages],
    )
