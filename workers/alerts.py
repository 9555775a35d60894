"""Looks for what an operator must know, ends what is over, and checks the trail by night."""

from datetime import timedelta
from typing import Final

from prometheus_client import Gauge

from backend import alerts, audit, runtime
from backend.alerts import watching
from backend.foundation import clock
from backend.foundation.logging import get_logger
from backend.notifications import alarms, breakers
from backend.notifications import watching as deliveries
from backend.notifications.kinds import CHANNELS
from workers.schedule import every_minutes, every_seconds

log = get_logger(__name__)

OPEN = Gauge("wuwei_alerts_open", "Alerts that are open", ["kind", "severity"])
PAUSED = Gauge("wuwei_channel_paused", "1 while a channel rests because it answers nobody", ["channel"])
SLICE: Final = 15.0
"""Seconds for a slice of the nightly check, well within what a job may run; the next minute goes on."""
_NIGHT: Final = frozenset({4, 5})
_REST: Final = timedelta(hours=12)
"""After a slice that reached the end: the rest of its night."""


async def watch_alerts() -> None:
    """Confirm what is wrong first, then end what nobody confirms; a failed look ends nothing."""
    await watching.watch_outbox()
    await watching.watch_audit()
    await deliveries.watch()
    await alerts.clear_calm()
    await alarms.tell_alarms()


async def verify_audit() -> None:
    """Verify the trail, slice by slice through the early hours, until tonight's last seal is reached."""
    directory, since = runtime.current().settings.data_dir, await audit.unfinished_since()
    if since is None or clock.now() - since < _REST:
        return
    try:
        found = await watching.go_on_verifying(directory, SLICE)
    except audit.VerificationRunning:
        log.info("audit.verified_elsewhere")
        return
    log.info("audit.verified", seals=found.verdict.seals, is_sound=found.verdict.is_sound, is_at_end=found.is_at_end)


async def measure_alerts() -> None:
    for (kind, severity), count in (await alerts.open_counts()).items():
        OPEN.labels(kind, severity).set(count)
    resting = {row["channel"] for row in await breakers.resting()}
    for channel in CHANNELS:
        PAUSED.labels(channel).set(channel in resting)


JOBS = ()
CRONS = (every_seconds(15, watch_alerts), every_minutes(5, verify_audit, hours=_NIGHT))
