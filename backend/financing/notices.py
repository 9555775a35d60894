"""What a bank's desk and the bureau are told of referrals."""

from datetime import datetime
from typing import Final
from uuid import UUID

from backend.financing.banks import webhooks
from backend.financing.models import Application, Referral
from backend.foundation import clock, db
from backend.notifications import staff_notices
from backend.notifications.staff_notices import Holders

_BANK: Final = "SELECT name FROM financing_institutions WHERE id = $1"
_PEOPLE: Final = "SELECT staff_id FROM financing_desk_people WHERE desk_id = $1 AND ended_at IS NULL"


async def routed(referral: Referral) -> None:
    await _tell("referral_routed", referral)


async def given_up(referral: Referral, why: str) -> None:
    """Tell the desk that a consent has ended: from now on there is nothing to read."""
    await staff_notices.settle([referral.id], "referral_routed")
    if referral.routed_at is not None:
        await _tell("referral_given_up", referral, why=why)


async def second_look(referral: Referral, by: datetime) -> None:
    """Tell the desk that its refusal is to be looked at once more, and by when."""
    await _tell("referral_second_look", referral, by)


async def overdue(application: Application, referral: Referral, reason: str, *, of: str = "") -> None:
    """Tell who mediates that a bank let its time pass; `of` tells several clocks of one referral apart."""
    fields = {
        "number": referral.number,
        "institution": await _bank(referral),
        "what": reason,
        "application_id": str(application.id),
    }
    to = Holders("financing.mediate", application.district)
    once = f"referral-overdue:{referral.id}:{referral.version}{of}"
    await staff_notices.tell("referral_overdue", to, fields=fields, once=once, subject=referral.id)


async def handed_over(referral: Referral) -> None:
    """Tell a desk that it goes on with what a closed desk of its bank has left."""
    await staff_notices.settle([referral.id], "referral_routed")
    await _tell("referral_handed_over", referral)


async def agreed(referral: Referral) -> None:
    """Tell the desk that the owner knows in what its new offer is worse, so that it may pay out."""
    await _tell("referral_agreed", referral)


async def drawn(referral: Referral, why: str) -> None:
    """Tell the desk that what it noted counts, by its owner's word or by his silence."""
    await _tell("referral_drawn", referral, why=why)


async def contested(application: Application, referral: Referral, what: str) -> None:
    """Tell the desk that the owner denies what it noted, and who mediates that the two say otherwise."""
    await _tell("referral_contested", referral)
    await _tell_bureau(application, referral, what)


async def unconfirmed(application: Application, referral: Referral, what: str) -> None:
    """Tell the desk that nobody confirmed what it noted, though silence did not count, and who mediates."""
    await _tell("referral_unconfirmed", referral)
    await _tell_bureau(application, referral, what)


async def dropped(application: Application, referral: Referral) -> None:
    """Tell who mediates of a drawing beside the one that counts; its desk heard that the need is over."""
    await _tell_bureau(application, referral, "登记了放款，但企业的需求已由其他机构放款，请核实是否重复放款")


async def _tell_bureau(application: Application, referral: Referral, what: str) -> None:
    fields = {
        "number": referral.number,
        "institution": await _bank(referral),
        "what": what,
        "application_id": str(application.id),
    }
    once = f"drawing-contested:{referral.id}:{referral.version}"
    to = Holders("financing.mediate", application.district)
    await staff_notices.tell("drawing_contested", to, fields=fields, once=once, subject=referral.id)


async def _bank(referral: Referral) -> str:
    return str(await db.fetch_value(_BANK, referral.institution_id))


async def _tell(kind: str, referral: Referral, until: datetime | None = None, *, why: str = "") -> None:
    people: list[UUID] = [row["staff_id"] for row in await db.fetch(_PEOPLE, referral.desk_id)]
    until = until or referral.accept_by
    by = f"{until.astimezone(clock.SHANGHAI):%m月%d日 %H:%M}" if until else ""
    fields = {"number": referral.number, "by": by, "why": why, "referral_id": str(referral.id)}
    once = f"{kind.replace('_', '-')}:{referral.id}:{referral.version}"
    await staff_notices.tell(kind, people, fields=fields, once=once, subject=referral.id)
    await webhooks.put(kind.removeprefix("referral_"), referral)
