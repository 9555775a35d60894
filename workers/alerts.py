"""Looks for what an operator must know, ends what is over, and checks the trail by night."""

import asyncio
from typing import Final

from prometheus_client import Gauge

from backend import alerts, audit, runtime
from backend.alerts import watching
from backend.foundation.logging import get_logger
from backend.notifications import alarms, breakers
from backend.notifications import watching as deliveries
from backend.notifications.kinds import CHANNELS
from workers.schedule import daily, every_seconds

log = get_logger(__name__)

OPEN = Gauge("wuwei_alerts_open", "Alerts that are open", ["kind", "severity"])
PAUSED = Gauge("wuwei_channel_paused", "1 while a channel rests because it answers nobody", ["channel"])
_PATIENCE: Final = 25.0
"""Seconds for the nightly check, less than a job may run; a longer trail is checked by `wuwei verify-audit`."""


async def watch_alerts() -> None:
    """Confirm what is wrong first, then end what nobody confirms; a failed look ends nothing."""
    await watching.watch_outbox()
    await deliveries.watch()
    await alerts.clear_calm()
    await alarms.tell_alarms()


async def verify_audit() -> None:
    try:
        async with asyncio.timeout(_PATIENCE):
            await watching.verify_audit(runtime.current().settings.data_dir)
    except TimeoutError:
        log.warning("audit.not_verified", seconds=_PATIENCE, hint="run `wuwei verify-audit` by a timer of its own")
    except audit.VerificationRunning:
        log.info("audit.verified_elsewhere")


async def measure_alerts() -> None:
    for (kind, severity), count in (await alerts.open_counts()).items():
        OPEN.labels(kind, severity).set(count)
    resting = {row["channel"] for row in await breakers.resting()}
    for channel in CHANNELS:
        PAUSED.labels(channel).set(channel in resting)


JOBS = ()
CRONS = (every_seconds(15, watch_alerts), daily("04:20", verify_audit))
