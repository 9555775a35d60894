"""Seals the trail in tests, beside other tests' transactions."""

import asyncio
from pathlib import Path

from backend import audit
from backend.foundation import db


async def seal_all(directory: Path, *, leaving: int = 0) -> int:
    """Seal until nothing waits: other tests' transactions on the same server may hold the horizon back a moment."""
    sealed = 0
    async with asyncio.timeout(20):
        while True:
            sealed += await audit.seal(directory)
            waiting = await db.fetch_value("SELECT count(*) FROM audit_entries WHERE seal_id IS NULL")
            if waiting <= leaving:
                return sealed
            await asyncio.sleep(0.02)
