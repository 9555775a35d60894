"""Brings out what was released for a time, looks after the links of policies, lets go files that nothing names."""

from backend import runtime
from backend.gateways.web import open_web
from backend.policies.editing import attachments, links, scheduling
from workers.schedule import every_minutes, every_seconds


async def release_policies() -> None:
    """Bring out whatever's time has come, also while no worker ran: it looks as soon as one is back."""
    await scheduling.release_due()


async def collect_links() -> None:
    await links.collect()


async def check_links() -> None:
    """Look at a few pages a minute; each has its turn once a day."""
    allowed = runtime.current().settings.link_checks
    if allowed != "off":
        async with open_web(may_be_private=allowed == "anywhere") as web:
            await links.check(web)


async def sweep_attachments() -> None:
    await attachments.sweep()


JOBS = ()
CRONS = (
    every_seconds(60, release_policies),
    every_minutes(30, collect_links),
    every_minutes(1, check_links),
    every_minutes(60, sweep_attachments),
)
