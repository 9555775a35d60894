"""How often a day somebody may claim, counted in PostgreSQL: by person and by enterprise."""

import hashlib
from datetime import timedelta
from typing import Final

from backend.foundation import clock, db
from backend.identity.errors import TooManyClaims

PER_PERSON: Final = 5
PER_ENTERPRISE: Final = 20

_SPEND = """
INSERT INTO claim_attempts AS old (key, on_day, tries) VALUES ($1, $2, 1)
ON CONFLICT (key, on_day) DO UPDATE SET tries = old.tries + 1 WHERE old.tries < $3 RETURNING tries
"""


async def spend(kind: str, name: str, limit: int) -> None:
    """Count one try of today in the command's transaction; raises TooManyClaims, naming the seconds to midnight."""
    key = hashlib.sha256(f"{kind}:{name}".encode()).digest()
    if await db.fetch_value(_SPEND, key, clock.today(), limit) is None:
        midnight = clock.day_start(clock.today() + timedelta(days=1))
        raise TooManyClaims(int((midnight - clock.now()).total_seconds()) + 1)
