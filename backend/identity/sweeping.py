"""What a nightly job clears away."""

from backend.identity import limits, sessions


async def sweep() -> int:
    """Delete sessions that ended a month ago, codes that are over and yesterday's counts; returns how many rows."""
    return await sessions.sweep() + await limits.sweep()
