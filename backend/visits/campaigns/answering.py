"""An owner answers a proposal: he picks a time, which is an ordinary booking, or says that he needs nobody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend import audit, identity
from backend.access import Actor
from backend.foundation import clock, db
from backend.identity.errors import NotBound
from backend.visits import notices, reasons
from backend.visits.availability import finding, slots
from backend.visits.availability.finding import Offer
from backend.visits.availability.slots import Found, Wish
from backend.visits.availability.visitors import crew
from backend.visits.bookings import booking
from backend.visits.bookings.booking import Order
from backend.visits.campaigns.errors import ProposalOver, ProposalUnknown
from backend.visits.campaigns.states import TARGET, TargetState
from backend.visits.errors import NoSuchSlot
from backend.visits.models import Visit
from backend.visits.states import VisitState
from backend.visits.visibility import NAME

SUGGESTED: Final = 6
"""How many times are suggested at first; the calendar of the weeks has the others."""
OPEN: Final = (TargetState.PROPOSED, TargetState.SILENT)

_TARGET: Final = """
SELECT t.id, t.campaign_id, t.enterprise_id, t.staff_id, t.week, t.state, t.visit_id, t.expires_on, c.reason, c.place,
    c.first_on, c.weeks, c.state AS campaign_state, c.title
FROM visit_campaign_targets t JOIN visit_campaigns c ON c.id = t.campaign_id
WHERE t.id = $1 AND t.state NOT IN ('left_out', 'waiting')
"""
_LOCK: Final = f"{_TARGET} FOR NO KEY UPDATE OF t"
_VISITORS: Final = "SELECT staff_id FROM visit_campaign_visitors WHERE campaign_id = $1"
_PICKED: Final = """
UPDATE visit_campaign_targets SET state = 'picked', answered_at = $2, visit_id = $3 WHERE id = $1
"""
_DECLINED: Final = """
UPDATE visit_campaign_targets SET state = 'declined', answered_at = $2, decline_reason = $3 WHERE id = $1
"""
_MINE: Final = """
SELECT t.id, t.enterprise_id, e.name AS enterprise, c.title, c.why, r.title AS reason, c.place, t.week, t.state,
    t.expires_on, t.visit_id, s.name AS visitor
FROM visit_campaign_targets t JOIN visit_campaigns c ON c.id = t.campaign_id
JOIN visit_reasons r ON r.key = c.reason JOIN enterprises e ON e.id = t.enterprise_id
LEFT JOIN staff s ON s.id = t.staff_id
WHERE t.state NOT IN ('left_out', 'waiting') AND EXISTS (
    SELECT FROM bindings b WHERE b.enterprise_id = t.enterprise_id AND b.person_id = $1
    AND b.state IN ('active', 'read_only') AND (b.until IS NULL OR b.until > $2)
    AND (b.role <> 'clerk' OR 'visits' = ANY (b.scope)))
ORDER BY t.state IN ('proposed', 'silent') DESC, t.week DESC, t.id DESC LIMIT 100
"""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal with who may come and until when."""

    row: Record
    acting: Actor

    @property
    def last_on(self) -> date:
        last: date = self.row["first_on"] + timedelta(weeks=self.row["weeks"], days=-1)
        return last

    @property
    def is_open(self) -> bool:
        """It may still be answered: while the round goes on and its weeks have not passed."""
        goes_on = self.row["campaign_state"] in ("running", "paused", "done") and self.last_on >= clock.today()
        return self.row["state"] in OPEN and goes_on


async def mine(actor: Actor) -> list[dict[str, Any]]:
    """Return what an owner's enterprises were asked, what waits for an answer first."""
    return [_told(row) for row in await db.fetch(_MINE, actor.id, clock.now())]


async def seen(proposal_id: UUID, actor: Actor, *, changes: bool = False) -> Proposal:
    """Return a proposal to whoever acts for its enterprise; raises ProposalUnknown, ReadOnly, OutOfScope."""
    row = await db.fetch_one(_TARGET, proposal_id)
    if row is None:
        raise ProposalUnknown
    try:
        acting = await identity.acting_for(actor, row["enterprise_id"], scope=NAME, changes=changes)
    except NotBound:
        raise ProposalUnknown from None
    return Proposal(row, acting)


async def times(proposal: Proposal) -> Found:
    """Return the times to pick from: the planned visitor's in the planned week, else whatever the round still has."""
    row = proposal.row
    if not proposal.is_open:
        return Found()
    first = max(row["week"], clock.today())
    own = await _free(proposal, [row["staff_id"]], first, min(row["week"] + timedelta(days=6), proposal.last_on))
    if own.slots:
        return own
    return await _free(proposal, await _everybody(row), max(row["first_on"], clock.today()), proposal.last_on)


async def offer(proposal: Proposal, starts_at: datetime) -> Offer:
    """Return who could come at a time, before anything is locked: the planned visitor, else the round's others."""
    row = proposal.row
    if not proposal.is_open and row["state"] != TargetState.PICKED:
        raise ProposalOver
    if not row["first_on"] <= starts_at.astimezone(clock.SHANGHAI).date() <= proposal.last_on:
        raise NoSuchSlot
    reason, where = await reasons.known(row["reason"]), await finding.where(row["enterprise_id"])
    found = await finding.find(reason, row["place"], where, starts_at, only=[row["staff_id"]])
    if found.free:
        return found
    return await finding.find(reason, row["place"], where, starts_at, only=await _everybody(row))


async def pick(proposal: Proposal, wanted: Offer, note: str = "") -> Visit:
    """Book the time, at once and for good; the same again is the same visit. Raises as `booking.book`, ProposalOver."""
    async with db.transaction():
        row = await _locked(proposal)
        if row["state"] == TargetState.PICKED and row["visit_id"] is not None:
            visit = await Visit.get(id=row["visit_id"])
            if visit.starts_at == wanted.starts_at:
                return visit
        if not Proposal(row, proposal.acting).is_open:
            raise ProposalOver
        order = Order(VisitState.CONFIRMED, "mini_program", proposal.acting.id, note, is_offered=True)
        visit = await booking.book(wanted, order, actor=proposal.acting)
        await db.execute(_PICKED, row["id"], clock.now(), visit.id)
        await notices.picked(visit)
        await _record(row, proposal.acting, "campaigns.picked")
        return visit


async def decline(proposal: Proposal, reason: str = "") -> None:
    """Say that nobody need come, with or without a reason; said before it changes nothing. Raises ProposalOver."""
    async with db.transaction():
        row = await _locked(proposal)
        if row["state"] == TargetState.DECLINED:
            return
        if row["state"] not in OPEN:
            raise ProposalOver
        TARGET.check(TargetState(row["state"]), TargetState.DECLINED)
        await db.execute(_DECLINED, row["id"], clock.now(), reason)
        await _record(row, proposal.acting, "campaigns.declined")


async def _locked(proposal: Proposal) -> Record:
    row = await db.fetch_one(_LOCK, proposal.row["id"])
    if row is None:
        raise ProposalUnknown
    return row


async def _record(row: Record, actor: Actor, action: str) -> None:
    await audit.record(actor, action, table="enterprises", row_id=row["enterprise_id"], detail={"title": row["title"]})


async def _everybody(row: Record) -> list[UUID]:
    return [one["staff_id"] for one in await db.fetch(_VISITORS, row["campaign_id"])]


async def _free(proposal: Proposal, staff: Sequence[UUID], first: date, last: date) -> Found:
    row = proposal.row
    reason, where = await reasons.known(row["reason"]), await finding.where(row["enterprise_id"])
    people = await crew(where.district, reason.skill, only=staff)
    wish = Wish(reason, row["place"], where.location(row["place"]), row["enterprise_id"], people)
    return await slots.free(wish, first, last)


def _told(row: Record) -> dict[str, Any]:
    return {**row, "state_word": TARGET.words[TargetState(row["state"])]}
