"""Ends what banks and owners let pass, looks at listings anew, reminds of loans that fall due."""

from backend.financing import applying, coarsening, evidence
from backend.financing.catalogue import rematching
from backend.financing.consent import signers
from backend.financing.referrals import drawing, overdue, releasing, renewing, routing, second_look
from workers.schedule import daily, every_minutes


async def sweep_financing() -> None:
    """Give what a bank let pass to the next, end what nobody stands for any more or chose a bank for in time."""
    await signers.sweep()
    await overdue.sweep()
    await drawing.sweep()
    await releasing.sweep()
    await routing.sweep()
    await second_look.sweep()
    await applying.expire()
    await rematching.sweep()


async def renew_listings() -> None:
    """Show listings coarser whose neighbours have gone, before fewer than k are left."""
    await coarsening.renew()


async def remind_of_renewals() -> None:
    await renewing.remind()


async def sweep_financing_evidence() -> None:
    """Let go papers of needs that are long over, and uploads that stand with none."""
    await evidence.sweep()


JOBS = ()
CRONS = (
    every_minutes(1, sweep_financing),
    every_minutes(10, renew_listings),
    every_minutes(60, sweep_financing_evidence),
    daily("09:10", remind_of_renewals),
)
