"""Receives what WeChat pushes: one row per push before it is answered, the work later."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson

from backend.foundation import clock, db
from backend.foundation.batch import Batcher
from backend.foundation.ids import new_id
from backend.gateways.wechat.callback import Event

# Both rows in one statement: a repetition finds its key, waits for the first one's commit, and stores nothing. The keys
# come in their own order: two processes that store the same pushes wait for each other, and never in a circle.
_STORE: Final = """
WITH told AS (
    SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::bytea[], $5::text[])
        AS t (key, id, account, dedupe_hash, event)
), fresh AS (
    INSERT INTO dedupe_keys (key, on_day) SELECT key, $6 FROM told ON CONFLICT (key) DO NOTHING RETURNING key
)
INSERT INTO callback_events (id, account, dedupe_hash, event, received_at)
SELECT id, account, dedupe_hash, event::jsonb, $7 FROM told JOIN fresh USING (key) RETURNING id
"""


@dataclass(frozen=True, slots=True)
class _Told:
    """One push with its dedupe key, and the id that its row will have."""

    key: str
    id: UUID
    account: str
    dedupe_hash: bytes
    event: str


async def receive(account: str, event: Event) -> bool:
    """Store a push to an account (its appid) durably; False when WeChat repeated one that is stored already.

    Those that come within a moment are stored by one statement: a broadcast brings a push for each of its messages.
    """
    key = f"push:{account}:{event.dedupe_hash}"
    return await _STORING.do(_Told(key, new_id(), account, bytes.fromhex(event.dedupe_hash), _as_json(event)))


async def _store(told: Sequence[_Told]) -> list[bool]:
    """Tell of each push whether it was stored now; of twins the first is."""
    first = {one.key: one for one in reversed(told)}
    rows = sorted(first.values(), key=lambda one: one.key)
    columns = ([getattr(one, name) for one in rows] for name in ("key", "id", "account", "dedupe_hash", "event"))
    stored = {row["id"] for row in await db.fetch(_STORE, *columns, clock.today(), clock.now())}
    return [one.id in stored for one in told]


_STORING: Final = Batcher(_store)


def _as_json(event: Event) -> str:
    told = {
        "kind": event.kind,
        "openid": event.openid,
        "created_at": event.created_at,
        "items": event.items,
        "raw": event.raw,
    }
    return orjson.dumps(_without_nul(told)).decode()


def _without_nul(value: Any) -> Any:
    """Return a value whose texts PostgreSQL can hold."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, dict):
        return {_without_nul(name): _without_nul(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nul(inner) for inner in value]
    return value
