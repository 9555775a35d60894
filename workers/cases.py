"""Looks at the clocks of cases and at answers that wait for their owner's word."""

from backend.cases import alarms
from workers.schedule import every_seconds


async def sweep_case_alarms() -> None:
    """Tell what clocks have reached; a tick that was missed is made up for by the next one."""
    await alarms.sweep()


JOBS = ()
CRONS = (every_seconds(30, sweep_case_alarms),)
