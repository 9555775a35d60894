"""Compares every balance with the ledger, slice by slice: a ledger of years takes longer than one job may.

Each slice goes on where the last one stopped, whichever process that was; the place is one row.
"""

import time
from datetime import timedelta
from typing import Final
from uuid import UUID

from backend import alerts
from backend.foundation import clock, db
from backend.foundation.logging import get_logger
from backend.notifications import credits as ledger

log = get_logger(__name__)

APART: Final = timedelta(hours=12)
SLICE: Final = 20_000
"""Balances compared by one statement; their entries are found by an index."""
_LOCK: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended('credit round', 0))"
_PLACE: Final = "SELECT address_id, unproven, done_at FROM credit_round"
_KEEP: Final = """
INSERT INTO credit_round (address_id, unproven, done_at) VALUES ($1, $2, $3)
ON CONFLICT (is_only) DO UPDATE SET
    address_id = EXCLUDED.address_id, unproven = EXCLUDED.unproven, done_at = EXCLUDED.done_at
"""


async def is_due() -> bool:
    """Tell whether a round is unfinished, or the last one ended longer than APART ago."""
    place = await db.fetch_one(_PLACE)
    return place is None or place["done_at"] is None or place["done_at"] <= clock.now() - APART


async def check_credits(seconds: float) -> bool:
    """Compare for about so many seconds, one slice at least; tells whether the round is at its end.

    What is not proven opens the alert at once; a whole round without it clears it.
    """
    end = time.monotonic() + seconds
    while not (is_done := await _check_slice()) and time.monotonic() < end:
        continue
    return is_done


async def _check_slice() -> bool:
    async with db.transaction():
        if not await db.fetch_value(_LOCK):
            return True  # another process goes on with it
        place = await db.fetch_one(_PLACE)
        after, unproven = ledger.BEFORE_ALL, 0
        if place is not None and place["done_at"] is None:
            after, unproven = place["address_id"], place["unproven"]
        upto = await ledger.slice_end(after, SLICE)
        unproven += await _compare(after, upto)
        await db.execute(_KEEP, upto or after, unproven, clock.now() if upto is None else None)
        if unproven:
            await alerts.open_alert("credit_drift", balances=unproven)
        elif upto is None:
            await alerts.clear("credit_drift")
    return upto is None


async def _compare(after: UUID, upto: UUID | None) -> int:
    found = await ledger.drift(after, upto)
    for address, template, balance, proven in found:
        log.error("credit_drift", address=str(address), template=template, balance=balance, proven=proven)
    return len(found)
