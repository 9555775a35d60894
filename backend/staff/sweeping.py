"""What a nightly job clears away."""

from backend.staff import attempts, sessions


async def sweep() -> int:
    """Delete failed attempts of yesterday and sessions of half a year ago; returns how many rows."""
    return await attempts.sweep() + await sessions.sweep()
