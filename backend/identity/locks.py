"""Advisory locks by name, held to the end of the transaction: for things that have no row to lock yet."""

import hashlib

from backend.foundation import db


async def take(kind: str, name: str) -> None:
    """Wait for the turn at `name`; two names that share a number only wait for each other."""
    digest = hashlib.sha256(f"identity.{kind}:{name}".encode()).digest()
    await db.execute("SELECT pg_advisory_xact_lock($1)", int.from_bytes(digest[:8], "big", signed=True))
