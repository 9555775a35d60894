"""Writes visits that took place into the ledger of contacts: each party of each visit once."""

from collections.abc import Sequence
from typing import Final

from backend.access import SYSTEM
from backend.enterprises import contacts
from backend.enterprises.contacts import Contact
from backend.enterprises.contacts.noting import strike_of
from backend.foundation import db
from backend.visits.afterwards.arriving import Attended
from backend.visits.contacts.noting import kind_of
from backend.visits.models import Visit
from backend.visits.reasons import known
from backend.visits.visibility import NAME

SET_ASIDE: Final = "企业异议成立，未到访"

# A retry may tell of an arrival after it was found that there was none.
_STANDS: Final = """
SELECT EXISTS (SELECT FROM visit_attendances WHERE visit_id = $1 AND enterprise_id = $2 AND NOT is_set_aside)
"""
_CAME: Final = "SELECT staff_id FROM staff_time WHERE visit_id = $1 AND is_live ORDER BY is_lead DESC, staff_id"


async def attended(told: Sequence[Attended]) -> None:
    """Note who was there, and strike out who was found not to have been; told again it changes nothing.

    However many units came together, it is one contact.
    """
    for one in told:
        visit = await Visit.get_or_none(id=one.visit_id)
        if visit is None:
            continue
        if one.is_set_aside:
            await strike_of(NAME, visit.id, [one.enterprise_id], SET_ASIDE, actor=SYSTEM)
        elif await db.fetch_value(_STANDS, visit.id, one.enterprise_id):
            await _note(visit, one)


async def _note(visit: Visit, one: Attended) -> None:
    reason = await known(visit.reason)
    staff = [row["staff_id"] for row in await db.fetch(_CAME, visit.id)]
    kind, ground = kind_of(visit.reason, visit.place), (reason.title, reason.legal_basis)
    contact = Contact(NAME, visit.id, [one.enterprise_id], kind, one.at, *ground, staff, visit.unit_id)
    await contacts.note(contact, actor=SYSTEM)
