"""Verifies the trail in slices: each goes on where the last one stopped, so that a long trail is checked whole too.

A round begins at the first seal and ends at the last; the nights after it check only what was sealed since, until a
week is over and a new round begins. The place is one row. Whoever may change the database may move it, too: that is
why each round begins anew, and why `wuwei verify-audit` looks at everything at once and at no such row.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from backend.audit import archiving, sealing
from backend.audit.errors import VerificationRunning
from backend.audit.verifying import LOCK, Broken, Chain, Verdict, check_the_rest, walk
from backend.foundation import clock, db

APART: Final = timedelta(days=7)
"""From the beginning of one round to the beginning of the next."""

_PLACE: Final = "SELECT * FROM audit_round"
_SEAL: Final = "SELECT hash FROM audit_seals WHERE number = $1"
_KEEP: Final = """
INSERT INTO audit_round (began_at, number, hash, entries, cluster, horizon, emptied_at, reached_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (is_only) DO UPDATE SET began_at = EXCLUDED.began_at, number = EXCLUDED.number, hash = EXCLUDED.hash,
    entries = EXCLUDED.entries, cluster = EXCLUDED.cluster, horizon = EXCLUDED.horizon,
    emptied_at = EXCLUDED.emptied_at, reached_at = EXCLUDED.reached_at
"""
_SINCE: Final = """
SELECT COALESCE((SELECT reached_at FROM audit_round), (SELECT sealed_at FROM audit_seals WHERE number = 1))
"""


@dataclass(frozen=True, slots=True)
class Slice:
    """What one slice found; `is_at_end` when nothing is left for tonight."""

    verdict: Verdict
    is_at_end: bool


async def go_on(directory: Path, seconds: float) -> Slice:
    """Verify for about so many seconds; raises VerificationRunning while another process does.

    What does not hold keeps its place, so that the next slice finds it again.
    """
    async with db.transaction():
        if not await db.fetch_value("SELECT pg_try_advisory_xact_lock($1)", LOCK):
            raise VerificationRunning
        row = await db.fetch_one(_PLACE)
        written = sealing.written(directory / sealing.LOG_NAME)
        chain, began = _resumed(row)
        try:
            chain.read_on(written, archiving.lines_by_seal(await archiving.check_files(directory, after=chain.number)))
            await _check_place(chain)
            is_at_end = await walk(chain, time.monotonic() + seconds)
            if is_at_end:
                await check_the_rest(chain, written)
        except archiving.ArchiveDamaged as error:
            return Slice(Verdict(chain.number, chain.entries, None, str(error)), is_at_end=True)
        except Broken as error:
            return Slice(Verdict(chain.number, chain.entries, error.number, error.problem), is_at_end=True)
        reached = clock.now() if is_at_end else row["reached_at"] if row else None
        await db.execute(_KEEP, began, *chain.place, reached)
    return Slice(Verdict(chain.number, chain.entries), is_at_end)


async def unfinished_since() -> datetime | None:
    """Return when a slice last reached the end of the trail, else when the first seal was made; None without one."""
    found: datetime | None = await db.fetch_value(_SINCE)
    return found


def _resumed(row: Any) -> tuple[Chain, datetime]:
    """Return the chain at its place, or at the beginning when a new round is due, and when its round began."""
    moment = clock.now()
    is_done = row is not None and row["reached_at"] is not None and row["reached_at"] >= row["began_at"]
    if row is None or (is_done and row["began_at"] <= moment - APART):
        return Chain(), moment
    return Chain.at(row), row["began_at"]


async def _check_place(chain: Chain) -> None:
    """The seal at which the last slice stopped must be the one that it saw."""
    if chain.number and await db.fetch_value(_SEAL, chain.number) != chain.hash:
        raise Broken(f"seal {chain.number} is not the one that was verified before", chain.number)
