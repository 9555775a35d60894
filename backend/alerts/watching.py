"""Looks after the lower floors: deferred effects that are stuck, and whether the trail still holds."""

from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from backend import audit
from backend.alerts.raising import clear, confirm, open_alert
from backend.audit import Verdict
from backend.foundation import clock, db

LATE: Final = timedelta(minutes=5)
"""How long something that is due may wait before an operator hears of it."""
UNVERIFIED: Final = timedelta(days=3)
"""Three nights in which nobody verified the trail up to its end."""

_DEAD: Final = "SELECT topic, count(*) AS dead FROM outbox WHERE state = 'dead' GROUP BY topic"
_LATE: Final = """
SELECT topic, count(*) AS late, extract(epoch FROM $1::timestamptz - min(due_at))::int AS oldest_seconds
FROM outbox WHERE state = 'pending' AND due_at <= $1::timestamptz - $2::interval GROUP BY topic
"""


async def watch_outbox() -> None:
    """Tell what was given up, and what is due and is carried out by nobody, by topic."""
    found: dict[str, dict[str, Any]] = {}
    for row in (*await db.fetch(_DEAD), *await db.fetch(_LATE, clock.now(), LATE)):
        found.setdefault(row["topic"], {}).update((name, value) for name, value in row.items() if name != "topic")
    await confirm("outbox_stuck", found)


async def verify_audit(directory: Path) -> Verdict:
    """Verify the whole trail and tell operators when it does not hold; raises VerificationRunning while it is."""
    verdict = await audit.verify_alone(directory)
    await _tell(verdict, is_at_end=True)
    return verdict


async def go_on_verifying(directory: Path, seconds: float) -> audit.Slice:
    """Verify on from where the last slice stopped, and tell likewise; raises VerificationRunning."""
    found = await audit.go_on(directory, seconds)
    await _tell(found.verdict, is_at_end=found.is_at_end)
    return found


async def _tell(verdict: Verdict, *, is_at_end: bool) -> None:
    if not verdict.is_sound:
        await open_alert("audit_broken", problem=verdict.problem, seal=verdict.broken)
    elif is_at_end:
        await clear("audit_broken")


async def watch_audit() -> None:
    """Tell when no check has reached the end of the trail for some nights."""
    since = await audit.unfinished_since()
    if since is not None and clock.now() - since > UNVERIFIED:
        await confirm("audit_unverified", {"": {"since": since.isoformat()}})
