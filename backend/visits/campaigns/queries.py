"""Reads of campaigns: lists, one with what may be done, its audience, its targets, how far it is."""

from datetime import date
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend import runtime
from backend.access import Actor, Condition
from backend.eligibility import lint
from backend.enterprises import audience, visibility
from backend.enterprises.catalogue import CATALOGUE
from backend.enterprises.rules import parse_stored
from backend.foundation import clock, db
from backend.foundation.paging import count_column, counted, cut, decode_cursor, encode_cursor
from backend.visits.campaigns.errors import CampaignUnknown, PreviewTooSlow
from backend.visits.campaigns.rows import RUN, see, visible_to
from backend.visits.campaigns.states import CAMPAIGN, EDITABLE, LEFT_OUT, TARGET, CampaignState, TargetState
from backend.visits.states import WORDS, VisitState

_CARD: Final = """
c.id, c.number, c.title, c.reason, r.title AS reason_title, c.place, c.districts, c.unit_id,
(SELECT u.name FROM units u WHERE u.id = c.unit_id) AS unit, c.first_on, c.weeks, c.per_week, c.state, c.chosen,
c.left_out, c.created_at, c.ended_at, c.version
"""
_MORE: Final = """
c.why, c.rule::text AS rule, c.recent_days, c.lead_days, c.answer_days, c.digest, c.explained, c.seed, c.makers,
c.end_reason, c.frozen_at, c.released_at, (SELECT s.name FROM staff s WHERE s.id = c.created_by) AS created_by,
(SELECT s.name FROM staff s WHERE s.id = c.released_by) AS released_by,
coalesce((SELECT json_agg(json_build_object('id', s.id, 'name', s.name) ORDER BY s.name, s.id)::text
          FROM visit_campaign_visitors v JOIN staff s ON s.id = v.staff_id
          WHERE v.campaign_id = c.id), '[]') AS visitors
"""
_FROM: Final = "visit_campaigns c JOIN visit_reasons r ON r.key = c.reason"
_TARGET: Final = """
t.id, t.enterprise_id, e.name AS enterprise, t.district, t.staff_id, s.name AS visitor, t.week, t.state, t.left_out,
t.proposed_at, t.expires_on, t.answered_at, t.decline_reason, t.visit_id, v.number AS visit_number,
v.state AS visit_state, v.starts_at
"""
_TARGETS: Final = """visit_campaign_targets t JOIN enterprises e ON e.id = t.enterprise_id
LEFT JOIN staff s ON s.id = t.staff_id LEFT JOIN visits v ON v.id = t.visit_id"""
# Took place: the visitor was there. Lost: picked, and then called off, missed or expired.
_COUNTS: Final = """
count(*)::int AS chosen,
count(*) FILTER (WHERE t.state = 'waiting')::int AS waiting,
count(*) FILTER (WHERE t.state = 'proposed')::int AS proposed,
count(*) FILTER (WHERE t.state = 'picked')::int AS picked,
count(*) FILTER (WHERE t.state = 'declined')::int AS declined,
count(*) FILTER (WHERE t.state = 'silent')::int AS silent,
count(*) FILTER (WHERE t.state = 'cancelled')::int AS cancelled,
count(*) FILTER (WHERE v.state IN ('arrived', 'reported', 'closed'))::int AS visited,
count(*) FILTER (WHERE v.state IN ('cancelled_by_owner', 'cancelled_by_bureau', 'expired', 'declined', 'no_show_owner',
    'no_show_staff'))::int AS lost
"""
_PROGRESS: Final = f"""
SELECT grouping(t.week, t.staff_id, t.unit_id) AS level, t.week, t.staff_id, t.unit_id, max(s.name) AS visitor,
    max(u.name) AS unit, {_COUNTS}
FROM visit_campaign_targets t LEFT JOIN visits v ON v.id = t.visit_id LEFT JOIN staff s ON s.id = t.staff_id
LEFT JOIN units u ON u.id = t.unit_id
WHERE t.campaign_id = $1 AND t.state <> 'left_out'
GROUP BY GROUPING SETS ((), (t.week), (t.staff_id), (t.unit_id)) ORDER BY level DESC, t.week, visitor, unit
"""
_WHY: Final = """
SELECT left_out AS reason, count(*)::int AS enterprises FROM visit_campaign_targets
WHERE campaign_id = $1 AND left_out IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1
"""
_WHOLE, _BY_WEEK, _BY_STAFF, _BY_UNIT = 0b111, 0b011, 0b101, 0b110
"""What `grouping` tells of each set: a bit is set for a column that is not part of it."""


async def page(actor: Actor, state: CampaignState | None, *, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return the campaigns that staff may see, the newest first."""
    after = decode_cursor(cursor, UUID)
    wanted = visible_to(actor)
    if state is not None:
        wanted &= Condition("c.state = {}", (state,))
    rows_from = f"{_FROM} WHERE {wanted.render()}"
    beyond = f" AND c.id < ${len(wanted.params) + 1}" if after else ""
    sql = (
        f"SELECT {_CARD}{count_column(rows_from, cursor)} FROM {rows_from}{beyond} ORDER BY c.id DESC LIMIT {limit + 1}"
    )
    rows = await db.fetch(sql, *wanted.params, *(after or ()))
    shown, following = cut(rows, limit, lambda row: encode_cursor(row["id"]))
    return {"items": [_card(row) for row in shown], "next": following, **counted(rows, cursor)}


async def detail(actor: Actor, campaign_id: UUID) -> dict[str, Any]:
    """Return one with what the actor may do with it; raises CampaignUnknown."""
    wanted = Condition("c.id = {}::uuid", (campaign_id,)) & visible_to(actor)
    row = await db.fetch_one(f"SELECT {_CARD}, {_MORE} FROM {_FROM} WHERE {wanted.render()}", *wanted.params)
    if row is None:
        raise CampaignUnknown
    told = _card(row)
    makers = told.pop("makers")
    return {
        **told,
        "rule": orjson.loads(row["rule"]),
        "visitors": orjson.loads(row["visitors"]),
        "release_above": runtime.current().settings.release_above,
        "may": await _may(actor, campaign_id, CampaignState(row["state"]), makers),
    }


async def preview(actor: Actor, campaign_id: UUID) -> dict[str, Any]:
    """Count whom the rule picks today, before anybody is left out; raises CampaignUnknown, PreviewTooSlow."""
    await see(campaign_id, actor)
    row = await db.fetch_one("SELECT rule::text AS rule, districts FROM visit_campaigns WHERE id = $1", campaign_id)
    if row is None:
        raise CampaignUnknown
    rule = parse_stored(orjson.loads(row["rule"]))
    visible = visibility.visible_to(actor)
    if row["districts"]:
        visible &= Condition("e.district = ANY ({}::text[])", (list(row["districts"]),))
    async with audience.bounded(PreviewTooSlow):
        counts = await audience.count(rule, clock.today(), visible)
    findings = lint(dict(rule.document), CATALOGUE, window_ends=None)
    return {
        "as_of": clock.today(),
        **counts.totals(),
        "by_district": counts.by("district"),
        "groups": counts.by(*audience.PLACE),
        "missing": counts.missing(),
        "findings": [{"code": one.code, "path": one.path, "sentence": one.sentence} for one in findings],
    }


async def targets(
    actor: Actor,
    campaign_id: UUID,
    *,
    state: TargetState | None,
    left_out: str | None,
    staff_id: UUID | None,
    week: date | None,
    cursor: str | None,
    limit: int,
    is_chosen: bool | None = None,
) -> dict[str, Any]:
    """Return a page of the frozen list with what became of each; raises CampaignUnknown.

    `is_chosen`: only what is on it, or only what was left out.
    """
    await see(campaign_id, actor)
    wanted = Condition("t.campaign_id = {}::uuid", (campaign_id,))
    tests = {
        "t.state = {}": state,
        "(t.state <> 'left_out') = {}::boolean": is_chosen,
        "t.left_out = {}": left_out,
        "t.staff_id = {}::uuid": staff_id,
        "t.week = {}": week,
    }
    for sql, value in tests.items():
        wanted = wanted & Condition(sql, (value,)) if value is not None else wanted
    after = decode_cursor(cursor, UUID)
    rows_from = f"{_TARGETS} WHERE {wanted.render()}"
    beyond = f" AND t.id > ${len(wanted.params) + 1}" if after else ""
    sql = f"SELECT {_TARGET}{count_column(rows_from, cursor)} FROM {rows_from}{beyond} ORDER BY t.id LIMIT {limit + 1}"
    rows = await db.fetch(sql, *wanted.params, *(after or ()))
    shown, following = cut(rows, limit, lambda row: encode_cursor(row["id"]))
    return {"items": [_target(row) for row in shown], "next": following, **counted(rows, cursor)}


async def progress(actor: Actor, campaign_id: UUID) -> dict[str, Any]:
    """Return how far it is, whole and by week, visitor and unit, and why others were left out; by two statements."""
    await see(campaign_id, actor)
    rows = await db.fetch(_PROGRESS, campaign_id)
    left = await db.fetch(_WHY, campaign_id)
    return {
        "whole": next((_row(row) for row in rows if row["level"] == _WHOLE), None),
        "by_week": [_row(row) for row in rows if row["level"] == _BY_WEEK],
        "by_visitor": [_row(row) for row in rows if row["level"] == _BY_STAFF],
        "by_unit": [_row(row) for row in rows if row["level"] == _BY_UNIT],
        "left_out": [{**row, "word": LEFT_OUT[row["reason"]]} for row in left],
    }


async def _may(actor: Actor, campaign_id: UUID, state: CampaignState, makers: list[UUID]) -> list[str]:
    allowed = visible_to(actor, RUN)
    sql = f"SELECT 1 FROM visit_campaigns c WHERE c.id = $1 AND {allowed.render(2)}"
    if await db.fetch_value(sql, campaign_id, *allowed.params) is None:
        return []
    s = CampaignState
    acts = {
        "edit": state in EDITABLE,
        "freeze": state in EDITABLE,
        "release": state is s.FROZEN or (state is s.RELEASE_WANTED and actor.id not in makers),
        "pause": state is s.RUNNING,
        "resume": state is s.PAUSED,
        "cancel": CAMPAIGN.allows(state, s.CANCELLED),
    }
    return [act for act, is_open in acts.items() if is_open]


def _card(row: Record) -> dict[str, Any]:
    told = {name: value for name, value in row.items() if name != "found"}
    return {**told, "state_word": CAMPAIGN.words[CampaignState(row["state"])]}


def _target(row: Record) -> dict[str, Any]:
    told = {name: value for name, value in row.items() if name != "found"}
    return {
        **told,
        "state_word": TARGET.words[TargetState(row["state"])],
        "left_out_word": LEFT_OUT[row["left_out"]] if row["left_out"] else None,
        "visit_state_word": WORDS[VisitState(row["visit_state"])] if row["visit_state"] else None,
    }


def _row(row: Record) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "level"}
