"""What a campaign is to its commands: its row, who sees it, its lock and its moves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson

from backend import audit
from backend.access import PERMISSIONS, Actor, ActorKind, Condition
from backend.access.visibility import EVERYTHING, NOTHING
from backend.foundation import db
from backend.foundation.errors import Forbidden
from backend.visits.campaigns.errors import CampaignChanged, CampaignUnknown, OutOfReach
from backend.visits.campaigns.states import CAMPAIGN, CampaignState

READ: Final = "visits.read"
RUN: Final = "visits.campaign"
TABLE: Final = "visit_campaigns"

_COLUMNS: Final = """
c.id, c.number, c.title, c.why, c.reason, c.place, c.rule, c.districts, c.unit_id, c.first_on, c.weeks, c.per_week,
c.recent_days, c.lead_days, c.answer_days, c.state, c.seed, c.chosen, c.left_out, c.digest, c.makers, c.created_by,
c.created_at, c.version
"""
_LOCK: Final = f"SELECT {_COLUMNS} FROM visit_campaigns c WHERE c.id = $1 FOR NO KEY UPDATE"
_SEEN: Final = "SELECT c.id FROM visit_campaigns c WHERE c.id = $1 AND {visible}"


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign as its row stands."""

    id: UUID
    number: str
    title: str
    why: str
    reason: str
    place: str
    rule: dict[str, Any]
    districts: tuple[str, ...]
    unit_id: UUID | None
    first_on: date
    weeks: int
    per_week: int
    recent_days: int
    lead_days: int
    answer_days: int
    state: CampaignState
    seed: str
    chosen: int | None
    left_out: int | None
    digest: str | None
    makers: tuple[UUID, ...]
    created_by: UUID | None
    created_at: datetime
    version: int

    @property
    def mondays(self) -> list[date]:
        return [self.first_on + timedelta(weeks=n) for n in range(self.weeks)]

    @property
    def last_on(self) -> date:
        return self.first_on + timedelta(weeks=self.weeks, days=-1)


def visible_to(actor: Actor, permission: str = READ) -> Condition:
    """Return the condition over `visit_campaigns c`: a grant must reach all the places of a round."""
    if actor.kind not in {ActorKind.STAFF, ActorKind.SYSTEM} or not actor.can(permission):
        return NOTHING
    districts = None if actor.kind is ActorKind.SYSTEM else actor.districts(permission)
    if districts is None:
        return EVERYTHING
    return Condition("c.districts <> '{{}}' AND c.districts <@ {}::text[]", (list(districts),))


async def see(campaign_id: UUID, actor: Actor) -> None:
    """Raise CampaignUnknown for one that isn't there for this actor."""
    visible = visible_to(actor)
    if await db.fetch_value(_SEEN.format(visible=visible.render(2)), campaign_id, *visible.params) is None:
        raise CampaignUnknown


def check_reach(actor: Actor, districts: tuple[str, ...]) -> None:
    """Raise Forbidden without the permission, OutOfReach beyond the districts for which it is held."""
    actor.require(RUN)
    mine = None if actor.kind is ActorKind.SYSTEM else actor.districts(RUN)
    if mine is not None and (not districts or set(districts) - set(mine)):
        raise OutOfReach


@asynccontextmanager
async def changing(campaign_id: UUID, actor: Actor, version: int | None = None) -> AsyncIterator[Campaign]:
    """Lock a campaign for a command, as one transaction; raises CampaignUnknown, Forbidden, CampaignChanged."""
    async with db.transaction():
        await see(campaign_id, actor)
        allowed = visible_to(actor, RUN)
        if await db.fetch_value(_SEEN.format(visible=allowed.render(2)), campaign_id, *allowed.params) is None:
            raise Forbidden(RUN, f"您缺少权限“{PERMISSIONS[RUN]}”，请联系管理员开通。")
        one = await lock(campaign_id)
        if version is not None and version != one.version:
            raise CampaignChanged
        yield one


async def lock(campaign_id: UUID) -> Campaign:
    row = await db.fetch_one(_LOCK, campaign_id)
    if row is None:
        raise CampaignUnknown
    told = {"rule": orjson.loads(row["rule"]), "state": CampaignState(row["state"])}
    return Campaign(**{**row, **told, "districts": tuple(row["districts"]), "makers": tuple(row["makers"])})


async def move(one: Campaign, wanted: CampaignState, actor: Actor, action: str, **noted: Any) -> None:
    """Move a locked campaign as its lifecycle allows, with what is noted by the way, and write it down."""
    CAMPAIGN.check(one.state, wanted)
    columns = {"state": wanted.value, **noted}
    marks = ", ".join(f"{name} = ${nr}" for nr, name in enumerate(columns, 2))
    await db.execute(
        f"UPDATE visit_campaigns SET {marks}, version = version + 1 WHERE id = $1", one.id, *columns.values()
    )
    detail = {"from": one.state.value, "to": wanted.value}
    await audit.record(actor, action, table=TABLE, row_id=one.id, fields=sorted(columns), detail=detail)
