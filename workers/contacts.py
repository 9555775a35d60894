"""Ends second signatures that nobody used in time."""

from backend.enterprises.contacts import approvals
from workers.schedule import daily


async def lapse_signatures() -> None:
    """Let nobody come by a signature that is too old."""
    await approvals.lapse()


JOBS = ()
CRONS = (daily("00:20", lapse_signatures),)
