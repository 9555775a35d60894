"""Writes a campaign and edits it: for what, whom, when and by whom; whatever was frozen is then frozen anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import orjson

from backend import audit
from backend.access import Actor
from backend.enterprises import divisions
from backend.enterprises.rules import parse_stored
from backend.foundation import clock, db
from backend.foundation.errors import FieldError
from backend.foundation.ids import new_id, token
from backend.foundation.numbers import public_number
from backend.staff import colleagues
from backend.visits import reasons
from backend.visits.availability.visitors import VISIT
from backend.visits.campaigns.errors import CampaignWrong
from backend.visits.campaigns.rows import TABLE, Campaign, changing, check_reach, lock, move
from backend.visits.campaigns.states import CAMPAIGN, CampaignState

PREFIX: Final = "ZF"
AHEAD: Final = timedelta(days=366)

_NEW: Final = """
INSERT INTO visit_campaigns (id, number, title, why, reason, place, rule, districts, first_on, weeks, per_week,
    recent_days, lead_days, answer_days, unit_id, state, seed, makers, created_by, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, $10, $11, $12, $13, $14,
    (SELECT unit_id FROM staff WHERE id = $16), 'draft', $15, array_remove(ARRAY[$16::uuid], NULL), $16, $17)
"""
_EDIT: Final = """
UPDATE visit_campaigns SET title = $2, why = $3, reason = $4, place = $5, rule = $6::jsonb, districts = $7,
    first_on = $8, weeks = $9, per_week = $10, recent_days = $11, lead_days = $12, answer_days = $13,
    version = version + 1, makers = (SELECT array_agg(DISTINCT m) FROM unnest(makers || $14::uuid[]) m),
    digest = NULL, chosen = NULL, left_out = NULL, explained = '', frozen_at = NULL WHERE id = $1
"""
_FORGET: Final = "DELETE FROM visit_campaign_visitors WHERE campaign_id = $1"
_VISITORS: Final = (
    "INSERT INTO visit_campaign_visitors (campaign_id, staff_id) SELECT $1, s FROM unnest($2::uuid[]) AS s"
)
_THAW: Final = "DELETE FROM visit_campaign_targets WHERE campaign_id = $1"


@dataclass(frozen=True, slots=True)
class Content:
    """What somebody writes; see the migration for what each is."""

    title: str
    why: str
    reason: str
    place: str
    rule: dict[str, Any]
    first_on: date
    weeks: int
    per_week: int
    visitors: Sequence[UUID]
    districts: tuple[str, ...] = ()
    recent_days: int = 180
    lead_days: int = 14
    answer_days: int = 7

    def columns(self) -> tuple[Any, ...]:
        rule = orjson.dumps(self.rule).decode()
        about = (self.title, self.why, self.reason, self.place, rule, list(self.districts), self.first_on)
        return (*about, self.weeks, self.per_week, self.recent_days, self.lead_days, self.answer_days)


async def draft(content: Content, *, actor: Actor) -> Campaign:
    """Write a new campaign; raises CampaignWrong, RuleInvalid, OutOfReach, ReasonUnknown, PlaceNotOffered."""
    await _check(content, actor)
    async with db.transaction():
        made = new_id()
        by = (token(), actor.id, clock.now())
        await db.execute(_NEW, made, await public_number(PREFIX), *content.columns(), *by)
        await db.execute(_VISITORS, made, list(dict.fromkeys(content.visitors)))
        await audit.record(actor, "campaigns.drafted", table=TABLE, row_id=made, fields=("state",))
        return await lock(made)


async def edit(campaign_id: UUID, content: Content, *, actor: Actor, version: int) -> Campaign:
    """Write it anew before it runs: it is a draft again. Raises as `draft` does, WrongState, CampaignChanged."""
    await _check(content, actor)
    async with changing(campaign_id, actor, version) as one:
        if one.state is not CampaignState.DRAFT:
            CAMPAIGN.check(one.state, CampaignState.DRAFT)
            await db.execute(_THAW, one.id)
            await move(one, CampaignState.DRAFT, actor, "campaigns.thawed", digest=None, chosen=None)
        await db.execute(_EDIT, one.id, *content.columns(), [actor.id] if actor.id else [])
        await db.execute(_FORGET, one.id)
        await db.execute(_VISITORS, one.id, list(dict.fromkeys(content.visitors)))
        await audit.record(actor, "campaigns.edited", table=TABLE, row_id=one.id, fields=("rule", "weeks"))
        return await lock(one.id)


async def _check(content: Content, actor: Actor) -> None:
    check_reach(actor, content.districts)
    reason = await reasons.offered(content.reason, content.place, actor)
    parse_stored(content.rule)
    wrong = []
    if reason.capacity > 1:
        wrong.append(FieldError("reason", "not_offered", "多企业场次不能用于批量走访。"))
    if content.lead_days + 7 > reason.horizon_days:
        wrong.append(FieldError("lead_days", "out_of_range", "提前发出的天数不能超过该事由可预约的天数。"))
    if set(content.districts) - set(divisions.DISTRICTS):
        wrong.append(FieldError("districts", "unknown", "请选择本市的区县。"))
    monday = clock.today() - timedelta(days=clock.today().weekday())
    if content.first_on.weekday() != 0 or not monday <= content.first_on <= clock.today() + AHEAD:
        wrong.append(FieldError("first_on", "out_of_range", "开始日期须为本周起一年之内的星期一。"))
    known = {one.id for one in await colleagues.holding(VISIT, content.visitors)}
    if set(content.visitors) - known:
        wrong.append(FieldError("visitors", "unknown", "走访人员中有人已离岗或不承担走访。"))
    if wrong:
        raise CampaignWrong(fields=tuple(wrong))
