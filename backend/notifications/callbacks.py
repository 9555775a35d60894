"""Receives what WeChat pushes: one row per push before it is answered, the work later."""

from typing import Any, Final

import orjson

from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.gateways.wechat.callback import Event

# Both rows in one statement: a repetition finds its key, waits for the first one's commit, and stores nothing.
_STORE: Final = """
WITH fresh AS (
    INSERT INTO dedupe_keys (key, on_day) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING RETURNING key
)
INSERT INTO callback_events (id, account, dedupe_hash, event, received_at)
SELECT $3, $4, $5, $6::jsonb, $7 FROM fresh
"""


async def receive(account: str, event: Event) -> bool:
    """Store a push to an account (its appid) durably; False when WeChat repeated one that is stored already."""
    stored = await db.execute(
        _STORE,
        f"push:{account}:{event.dedupe_hash}",
        clock.today(),
        new_id(),
        account,
        bytes.fromhex(event.dedupe_hash),
        _as_json(event),
        clock.now(),
    )
    return stored == 1


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
