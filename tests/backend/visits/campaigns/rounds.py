"""Campaigns at the point where a test begins."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from backend.access import Actor, Role
from backend.foundation import clock, db
from backend.outbox import OutboxItem
from backend.visits.campaigns import answering, drafting, freezing, proposing, releasing
from backend.visits.campaigns.drafting import Content
from backend.visits.campaigns.rows import Campaign
from backend.visits.models import Visit
from tests.backend.cases.people import clerk
from tests.backend.policies.people import leaf
from tests.backend.visits.people import TALK, WUXING, at, owners

MONDAY = date(2026, 11, 30)
TIME = at("2026-12-01", 9)
SMALL = leaf("employees", "le", 10)


async def manager() -> Actor:
    return await clerk(Role.MANAGER)


async def small(number: int = 1, **facts: object) -> tuple[Actor, UUID]:
    """An owner whose enterprise the rule of `content` asks for."""
    return await owners(number, employees=5, **facts)


def content(visitors: Sequence[Actor], **given: Any) -> Content:
    """A round over the small ones of 吴兴, two weeks from next Monday."""
    ids = [one.id for one in visitors if one.id]
    about = {"title": "新设小微企业走访", "why": "了解经营困难，讲解可享受的政策。", "reason": TALK, "place": "on_site"}
    when = {"first_on": MONDAY, "weeks": 2, "per_week": 10, "districts": (WUXING,), "recent_days": 90}
    return Content(**{**about, "rule": SMALL, **when, "visitors": ids, **given})


async def drafted(visitors: Sequence[Actor], actor: Actor, **given: Any) -> Campaign:
    return await drafting.draft(content(visitors, **given), actor=actor)


async def frozen(visitors: Sequence[Actor], actor: Actor, **given: Any) -> Campaign:
    return await freezing.freeze((await drafted(visitors, actor, **given)).id, actor=actor)


async def running(visitors: Sequence[Actor], actor: Actor, **given: Any) -> Campaign:
    one = await frozen(visitors, actor, **given)
    return await releasing.release(one.id, one.digest or "", actor=actor)


async def worked(campaign_id: UUID, times: int = 1) -> None:
    """Let the worker ask who is due."""
    for _ in range(times):
        async with db.transaction():
            await proposing.propose([note(releasing.PROPOSE, campaign_id)])


def note(topic: str, campaign_id: UUID) -> OutboxItem:
    return OutboxItem(campaign_id, topic, None, {"campaign_id": str(campaign_id)}, 1, clock.now())


async def target(campaign_id: UUID, enterprise_id: UUID) -> dict[str, Any]:
    sql = "SELECT * FROM visit_campaign_targets WHERE campaign_id = $1 AND enterprise_id = $2"
    row = await db.fetch_one(sql, campaign_id, enterprise_id)
    assert row is not None
    return dict(row)


async def states(campaign_id: UUID) -> dict[str, int]:
    sql = "SELECT state, count(*)::int AS n FROM visit_campaign_targets WHERE campaign_id = $1 GROUP BY 1"
    return {row["state"]: row["n"] for row in await db.fetch(sql, campaign_id)}


async def proposed(campaign_id: UUID, place: UUID, person: Actor) -> answering.Proposal:
    """What an owner was asked."""
    return await answering.seen((await target(campaign_id, place))["id"], person, changes=True)


async def pick(proposal: answering.Proposal, when: datetime = TIME) -> Visit:
    return await answering.pick(proposal, await answering.offer(proposal, when))
