"""Looks at the clocks of cases and at answers that wait for their owner's word."""

from backend.cases.assignment import assigning, releasing, transferring
from backend.cases.deadlines import alarms
from backend.cases.ending import reaching, rectifying
from backend.cases.lists import overdue
from workers.schedule import every_minutes, every_seconds


async def sweep_case_alarms() -> None:
    """Tell what clocks have reached; a tick that was missed is made up for by the next one."""
    await alarms.sweep()


async def sweep_answers() -> None:
    """Remind and close what stays silent though reached, ask for ratings, tell of tasks that nobody did in time."""
    await reaching.sweep()
    await rectifying.sweep()
    await overdue.sweep()


async def sweep_assignments() -> None:
    """Pass on what nobody accepted in time or can accept, take from leavers what they have, try what nobody fits."""
    await releasing.sweep()
    await transferring.sweep()
    await assigning.sweep()


JOBS = ()
CRONS = (every_seconds(30, sweep_case_alarms), every_minutes(1, sweep_answers), every_minutes(5, sweep_assignments))
