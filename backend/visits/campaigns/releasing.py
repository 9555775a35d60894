"""Releases, pauses, resumes and cancels campaigns; what an owner has picked stands whatever becomes of the rest."""

from typing import Any, Final
from uuid import UUID

from backend import notifications, outbox
from backend.access import Actor
from backend.foundation import clock, db
from backend.foundation.states import WrongState
from backend.notifications import staff_notices
from backend.visits.campaigns.errors import ListChanged, SamePerson, TooLate
from backend.visits.campaigns.freezing import WANTED, digest
from backend.visits.campaigns.rows import Campaign, changing, lock, move
from backend.visits.campaigns.states import CAMPAIGN, CampaignState

PROPOSE: Final = "campaigns.propose"
"""Outbox topic: ask the next enterprises of a campaign; payload {campaign_id}."""
CANCEL: Final = "campaigns.cancel"
"""Outbox topic: tell those who were asked that a campaign is cancelled; payload {campaign_id}."""
TOPICS: Final = (PROPOSE, CANCEL)
GIVEN: Final = "campaign_given"

_GOING: Final = """
SELECT DISTINCT staff_id FROM visit_campaign_targets WHERE campaign_id = $1 AND left_out IS NULL ORDER BY staff_id
"""


async def release(campaign_id: UUID, signed: str, *, actor: Actor, version: int | None = None) -> Campaign:
    """Begin a frozen campaign; `signed` is the digest that was seen. Of many at once one succeeds.

    Raises ListChanged, SamePerson when a long list is released by somebody who had a hand in it, TooLate, WrongState.
    """
    async with changing(campaign_id, actor, version) as one:
        if one.state is CampaignState.PAUSED:
            raise WrongState(CAMPAIGN, one.state, CampaignState.RUNNING)
        CAMPAIGN.check(one.state, CampaignState.RUNNING)
        if one.last_on < clock.today():
            raise TooLate
        if one.state is CampaignState.RELEASE_WANTED and actor.id in one.makers:
            raise SamePerson
        if signed != one.digest or signed != await digest(one.id):
            raise ListChanged
        noted: dict[str, Any] = {"released_by": actor.id, "released_at": clock.now()}
        await move(one, CampaignState.RUNNING, actor, "campaigns.released", **noted)
        await staff_notices.settle([one.id], WANTED)
        await _tell_visitors(one)
        await put_propose(one.id)
        return await lock(one.id)


async def pause(campaign_id: UUID, *, actor: Actor, version: int | None = None) -> Campaign:
    """Ask nobody further; who was asked may still answer. Raises WrongState."""
    async with changing(campaign_id, actor, version) as one:
        await move(one, CampaignState.PAUSED, actor, "campaigns.paused")
        return await lock(one.id)


async def resume(campaign_id: UUID, *, actor: Actor, version: int | None = None) -> Campaign:
    """Go on where it stopped; raises WrongState."""
    async with changing(campaign_id, actor, version) as one:
        if one.state is not CampaignState.PAUSED:
            raise WrongState(CAMPAIGN, one.state, CampaignState.RUNNING)
        await move(one, CampaignState.RUNNING, actor, "campaigns.resumed")
        await put_propose(one.id)
        return await lock(one.id)


async def cancel(campaign_id: UUID, reason: str, *, actor: Actor, version: int | None = None) -> Campaign:
    """End it for good; who was asked and has not picked hears of it once. Raises WrongState."""
    async with changing(campaign_id, actor, version) as one:
        noted: dict[str, Any] = {"end_reason": reason, "ended_at": clock.now()}
        await move(one, CampaignState.CANCELLED, actor, "campaigns.cancelled", **noted)
        await staff_notices.settle([one.id], WANTED, GIVEN)
        await notifications.call_off(one.id)
        await outbox.put(CANCEL, {"campaign_id": str(one.id)}, key=str(one.id))
        return await lock(one.id)


async def put_propose(campaign_id: UUID) -> None:
    """Note that enterprises may be due to be asked; several such notes do no harm, each finds what is left."""
    await outbox.put(PROPOSE, {"campaign_id": str(campaign_id)}, key=str(campaign_id))


async def _tell_visitors(one: Campaign) -> None:
    """Tell everybody who has a part in it that it begins."""
    people = [row["staff_id"] for row in await db.fetch(_GOING, one.id)]
    await staff_notices.tell(GIVEN, people, fields=about(one), once=f"campaign-given:{one.id}", subject=one.id)


def about(one: Campaign) -> dict[str, str]:
    """Return what its visitors are told of a round."""
    first = f"{one.first_on.month}月{one.first_on.day}日"
    return {"title": one.title, "first": first, "weeks": str(one.weeks), "campaign_id": str(one.id)}
