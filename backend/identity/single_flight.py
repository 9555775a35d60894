"""Exchanges a one-use code of WeChat once, however many requests bring it at the same time, in any process.

Whoever takes the lease asks WeChat outside any transaction and then writes the outcome with its own rows; the others
wait for the outcome. A crash in between lets the lease run out. A refusal is remembered as long as a code lives; a
failure is told to those who waited for it, and whoever comes later may try again.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID

from backend.foundation import clock, db
from backend.foundation.db import refuse_in_transaction, transaction
from backend.foundation.errors import TooManyRequests, Unavailable, WuweiError
from backend.foundation.ids import new_id
from backend.foundation.safe_asyncpg import run_to_end
from backend.identity.errors import LoginCodeInvalid, PhoneCodeInvalid, SignInBlocked, TooManySignIns, WeChatAway

T = TypeVar("T")

REMEMBERED: Final = timedelta(seconds=300)
LEASE: Final = timedelta(seconds=40)  # three tries of ten seconds, and room to write
# How long others wait for the outcome, in seconds. Whoever has the lease may have been killed and leave none before it
# runs out: an owner who is asked to try again soon is better off than one who waits for that.
PATIENCE: Final = 9.0
_FIRST_LOOK: Final = 0.03
_RARER: Final = 1.3
_RAREST: Final = 0.3
_REFUSALS: Final[Mapping[str, type[WuweiError]]] = {
    kind.code: kind for kind in (LoginCodeInvalid, PhoneCodeInvalid, SignInBlocked, TooManySignIns, WeChatAway)
}

_CLAIM = """
INSERT INTO exchanged_codes AS old (code_hash, state, lease, leased_until, expires_at)
VALUES ($1, 'pending', $2, $3, $4)
ON CONFLICT (code_hash) DO UPDATE SET
    state = 'pending', lease = $2, leased_until = $3, expires_at = $4, result_id = NULL, refusal = NULL,
    settled_at = NULL
WHERE old.expires_at <= $5 OR (old.state = 'pending' AND old.leased_until <= $5)
    OR (old.state = 'failed' AND old.settled_at < $6)
RETURNING 1
"""
_OUTCOME = "SELECT state, result_id, refusal FROM exchanged_codes WHERE code_hash = $1"
_SETTLE = """
UPDATE exchanged_codes SET state = $3, result_id = $4, refusal = $5, settled_at = $6
WHERE code_hash = $1 AND lease = $2 AND state = 'pending'
"""


async def once(secret: str, exchange: Callable[[], Awaitable[T]], settle: Callable[[T], Awaitable[UUID]]) -> UUID:
    """Return the id that `settle` made of what `exchange` got, whoever ran them; raises what either refused with.

    `exchange` runs without a transaction, `settle` in one.
    """
    refuse_in_transaction()
    key = hashlib.sha256(secret.encode()).digest()
    try:
        async with asyncio.timeout(PATIENCE):
            is_ours, found = await _turn(key)
    except TimeoutError:
        raise WeChatAway from None
    return await run_to_end(_fly(key, found, exchange, settle)) if is_ours else found


async def forget(results: Sequence[UUID]) -> None:
    """Tell nobody these outcomes again, they hold no more: who comes with the same code asks WeChat anew."""
    await db.execute("DELETE FROM exchanged_codes WHERE result_id = ANY ($1::uuid[])", list(results))


async def _turn(key: bytes) -> tuple[bool, UUID]:
    """Wait for one of the two: True with a lease of our own, or False with the outcome of whoever had it."""
    came_at, pause = clock.now(), _FIRST_LOOK
    while True:
        if (lease := await _claim(key, came_at)) is not None:
            return True, lease
        if (outcome := await _outcome(key)) is not None:
            return False, outcome
        await asyncio.sleep(pause)
        pause = min(pause * _RARER, _RAREST)


async def _claim(key: bytes, came_at: datetime) -> UUID | None:
    now, lease = clock.now(), new_id()
    taken = await db.fetch_value(_CLAIM, key, lease, now + LEASE, now + REMEMBERED, now, came_at)
    return lease if taken else None


async def _outcome(key: bytes) -> UUID | None:
    row = await db.fetch_one(_OUTCOME, key)
    if row is None or row["state"] == "pending":
        return None
    if row["state"] == "done":
        found: UUID = row["result_id"]
        return found
    refusal = _REFUSALS.get(row["refusal"], WeChatAway)
    raise refusal


async def _fly(
    key: bytes, lease: UUID, exchange: Callable[[], Awaitable[T]], settle: Callable[[T], Awaitable[UUID]]
) -> UUID:
    try:
        found = await exchange()
        async with transaction():
            result = await settle(found)
            _require(await db.execute(_SETTLE, key, lease, "done", result, None, clock.now()))
    except WuweiError as error:
        state = "failed" if isinstance(error, Unavailable | TooManyRequests) else "refused"
        await db.execute(_SETTLE, key, lease, state, None, error.code, clock.now())
        raise
    except BaseException:
        await db.execute(_SETTLE, key, lease, "failed", None, WeChatAway.code, clock.now())
        raise
    return result


def _require(settled: int) -> None:
    """Undo what was written when the lease ran out and somebody else took the code over: his rows count."""
    if not settled:
        raise WeChatAway
