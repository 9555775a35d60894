"""Failed sign-ins, counted in PostgreSQL by login name, whether an account of that name exists or not."""

from datetime import timedelta

from backend.foundation import clock, db
from backend.foundation.secrets import hash_token

ALLOWED = 5
LOCKED_FOR = timedelta(minutes=30)

# The attempt is charged before anything is verified: of any number that arrive together only five are looked at.
_CHARGE = """
INSERT INTO staff_attempts AS old (login_hash, failures, last_at) VALUES ($1, 1, $2)
ON CONFLICT (login_hash) DO UPDATE SET
    failures = CASE WHEN old.locked_until IS NULL THEN old.failures + 1 ELSE 1 END,
    locked_until = CASE WHEN old.locked_until IS NULL AND old.failures + 1 >= $3 THEN $4::timestamptz END,
    last_at = $2
WHERE old.locked_until IS NULL OR old.locked_until <= $2
RETURNING failures
"""


async def charge(login: str) -> bool:
    """Count one attempt and tell whether it may be looked at; the fifth locks the name unless it succeeds."""
    now = clock.now()
    return await db.fetch_value(_CHARGE, hash_token(login), now, ALLOWED, now + LOCKED_FOR) is not None


async def clear(login: str) -> None:
    """Forget the failures of a name; called in the transaction of a success."""
    await db.execute("DELETE FROM staff_attempts WHERE login_hash = $1", hash_token(login))
