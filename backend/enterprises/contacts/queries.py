"""Reads of the ledger: one enterprise's year, lists over all, who is over the ceiling, what waits for a word."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend.access import Actor, ActorKind, Condition
from backend.enterprises import visibility as enterprises
from backend.enterprises.contacts import approvals, ceilings, merging
from backend.enterprises.contacts.errors import ContactUnknown
from backend.enterprises.contacts.states import APPROVAL, MERGE, PLAN, SIDES, ApprovalState, MergeState, PlanState, Side
from backend.enterprises.contacts.visibility import plans_of, visible_to
from backend.foundation import clock, db
from backend.foundation.paging import count_column, counted, cut, decode_cursor, encode_cursor

_PEOPLE: Final = """
coalesce((SELECT json_agg(json_build_object('id', p.staff_id, 'name', p.name, 'unit_id', p.unit_id, 'unit', p.unit)
                          ORDER BY p.place)::text FROM contact_people p WHERE p.contact_id = c.id), '[]') AS people
"""
_LINE: Final = f"""
c.id, c.enterprise_id, e.name AS enterprise, c.side, c.kind, k.title AS kind_word, c.on_day, c.at, c.reason,
c.legal_basis, c.outcome, c.district, c.unit_id, c.is_counted, c.is_wished, c.is_late, c.replaces, c.noted_at,
c.struck_at, c.strike_reason, c.objected_at, c.origin, c.origin_id, c.version, {_PEOPLE}
"""
_FROM: Final = "contacts c JOIN contact_kinds k ON k.key = c.kind JOIN enterprises e ON e.id = c.enterprise_id"
_PLAN_LINE: Final = """
p.id, p.enterprise_id, e.name AS enterprise, p.side, p.kind, k.title AS kind_word, p.on_day, p.reason, p.legal_basis,
p.district, p.unit_id, p.staff_id, p.is_counted, p.state, p.end_reason, p.origin, p.origin_id,
p.approval_id IS NOT NULL AS is_signed, p.version
"""
_PLANS_FROM: Final = (
    "contact_plans p JOIN contact_kinds k ON k.key = p.kind JOIN enterprises e ON e.id = p.enterprise_id"
)
_OVER: Final = """
(
    SELECT e.id, e.name, e.uscc, e.district, coalesce(n.used, 0)::int AS used, coalesce(n.planned, 0)::int AS planned,
        m.per_year AS ceiling
    FROM (
        SELECT enterprise_id, sum(used) AS used, sum(planned) AS planned FROM (
            SELECT c.enterprise_id, count(*) AS used, 0 AS planned FROM contacts c WHERE c.year = $3 AND c.side = $4
              AND c.struck_at IS NULL AND c.is_counted AND NOT c.is_wished GROUP BY 1
            UNION ALL
            SELECT p.enterprise_id, 0, count(*) FROM contact_plans p WHERE p.year = $3 AND p.side = $4
              AND p.state = 'planned' AND p.is_counted GROUP BY 1) AS both_of_them GROUP BY 1
    ) n JOIN enterprises e ON e.id = n.enterprise_id
    CROSS JOIN LATERAL ({ceiling}) m WHERE n.used + n.planned > m.per_year AND {visible}
) AS o
"""
_APPROVAL: Final = """
a.id, a.enterprise_id, e.name AS enterprise, a.side, a.year, a.district, a.reason, a.state, a.requested_by,
a.requested_at, a.decided_by, a.decided_at, a.words, a.holds_until, a.used_at, a.version
"""
_MERGE: Final = """
SELECT m.id, m.enterprise_id, e.name AS enterprise, m.state, m.proposed_at, m.decline_reason, m.ended_at, m.version,
    m.first_at, m.second_at, {plan_first} AS first, {plan_second} AS second, f.side{count}
FROM {rows}{beyond} ORDER BY m.id DESC LIMIT {limit}
"""
_MERGES: Final = """contact_merges m JOIN enterprises e ON e.id = m.enterprise_id
JOIN contact_plans f ON f.id = m.first_id JOIN contact_plans s ON s.id = m.second_id"""
_OF_MERGE: Final = """
json_build_object('id', {0}.id, 'on_day', {0}.on_day, 'reason', {0}.reason, 'unit_id', {0}.unit_id, 'staff_id',
    {0}.staff_id, 'origin_id', {0}.origin_id, 'planned_by', {0}.planned_by, 'district', {0}.district,
    'unit', (SELECT u.name FROM units u WHERE u.id = {0}.unit_id), 'staff_name', (
        SELECT n.name FROM staff n WHERE n.id = {0}.staff_id), 'planned_by_name', (
        SELECT n.name FROM staff n WHERE n.id = {0}.planned_by))::text"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines; all that is given must hold."""

    year: int | None = None
    first: date | None = None
    last: date | None = None
    side: Side | None = None
    kind: str | None = None
    district: str | None = None
    unit_id: UUID | None = None
    enterprise_id: UUID | None = None
    staff_id: UUID | None = None
    is_late: bool | None = None
    is_struck: bool | None = None
    is_objected: bool | None = None

    def condition(self) -> Condition:
        tests: Mapping[str, Any] = {
            "c.year = {}": self.year,
            "c.on_day >= {}": self.first,
            "c.on_day <= {}": self.last,
            "c.side = {}": self.side,
            "c.kind = {}": self.kind,
            "starts_with(c.district, {})": self.district,
            "EXISTS (SELECT FROM contact_people p WHERE p.contact_id = c.id AND p.unit_id = {}::uuid)": self.unit_id,
            "EXISTS (SELECT FROM contact_people p WHERE p.contact_id = c.id AND p.staff_id = {}::uuid)": self.staff_id,
            "c.enterprise_id = {}::uuid": self.enterprise_id,
            "c.is_late = {}": self.is_late,
            "(c.struck_at IS NOT NULL) = {}": self.is_struck,
            "(c.objected_at IS NOT NULL) = {}": self.is_objected,
        }
        found = Condition("TRUE")
        for sql, value in tests.items():
            found = found & Condition(sql, (value,)) if value is not None else found
        return found

    def given(self) -> dict[str, str]:
        """Return what was asked for, as the trail notes it."""
        names = ("year", "first", "last", "side", "kind", "district", "unit_id", "enterprise_id", "staff_id")
        return {name: str(value) for name in names if (value := getattr(self, name)) is not None}


async def page(actor: Actor, wanted: Wanted, *, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return a page of lines that staff may see, the latest first, with its count."""
    return await _page(visible_to(actor) & wanted.condition(), actor, cursor, limit)


async def slice_of(actor: Actor, wanted: Wanted, *, cursor: str | None, limit: int) -> list[dict[str, Any]]:
    """Return the lines behind a cursor without counting them: for files."""
    condition = visible_to(actor) & wanted.condition()
    return [_line(row, actor) for row in await _rows(condition, cursor, limit, "")]


def cursor_of(line: Mapping[str, Any]) -> str:
    return encode_cursor(line["on_day"], line["id"])


async def of_enterprise(
    actor: Actor, enterprise_id: UUID, *, year: int | None, cursor: str | None, limit: int
) -> dict[str, Any]:
    """Return one enterprise's ledger with its year's figures, for whoever may see the enterprise, by whichever unit.

    Raises ContactUnknown.
    """
    seen = enterprises.visible_to(actor)
    sql = f"SELECT e.name FROM enterprises e WHERE e.id = $1 AND {seen.render(2)}"
    if await db.fetch_one(sql, enterprise_id, *seen.params) is None:
        raise ContactUnknown("没有找到该企业，或您无权查看。")
    about = year or clock.today().year
    found = await _page(Wanted(year=year, enterprise_id=enterprise_id).condition(), actor, cursor, limit)
    years = {side: (await ceilings.standings([enterprise_id], about, side))[enterprise_id] for side in Side}
    told = {
        side.value: {"used": one.used, "planned": one.planned, "ceiling": one.ceiling} for side, one in years.items()
    }
    if actor.kind is ActorKind.OWNER:
        # how the bureau classes him is internal (a ceiling would give it away)
        told = {side: {"used": one["used"], "planned": one["planned"]} for side, one in told.items()}
    return {**found, "year": about, "figures": told}


async def over(actor: Actor, year: int, side: Side, *, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return the enterprises to which the bureau came, or plans to come, more often than it may."""
    after = decode_cursor(cursor, UUID)
    visible = enterprises.visible_to(actor)
    ceiling = ceilings.CEILING.format(side="$4", enterprise="e", today="$1", days="$2")
    rows_from = _OVER.format(ceiling=ceiling, visible=visible.render(6))
    sql = f"""
    SELECT o.*{count_column(rows_from, cursor)} FROM {rows_from} WHERE $5::uuid IS NULL OR o.id > $5
    ORDER BY o.id LIMIT {limit + 1}
    """
    given = (clock.today(), ceilings.class_days(), year, side, after[0] if after else None)
    rows = await db.fetch(sql, *given, *visible.params)
    shown, following = cut(rows, limit, lambda row: encode_cursor(row["id"]))
    items = [{name: value for name, value in row.items() if name != "found"} for row in shown]
    return {"items": items, "next": following, **counted(rows, cursor)}


async def plans(
    actor: Actor, side: Side | None, state: PlanState | None, *, cursor: str | None, limit: int
) -> dict[str, Any]:
    """Return what the bureau plans, the next one first."""
    after = decode_cursor(cursor, date, UUID)
    wanted = plans_of(actor)
    for sql, value in {"p.side = {}": side, "p.state = {}": state}.items():
        wanted = wanted & Condition(sql, (value,)) if value is not None else wanted
    count = count_column(f"{_PLANS_FROM} WHERE {wanted.render()}", cursor)
    if after is not None:
        wanted &= Condition("(p.on_day, p.id) > ({}, {}::uuid)", after)
    rows = await db.fetch(
        f"SELECT {_PLAN_LINE}{count} FROM {_PLANS_FROM} WHERE {wanted.render()} "
        f"ORDER BY p.on_day, p.id LIMIT {limit + 1}",
        *wanted.params,
    )
    shown, following = cut(rows, limit, lambda row: encode_cursor(row["on_day"], row["id"]))
    return {"items": [_worded(row, PLAN.words[PlanState(row["state"])]) for row in shown], "next": following} | counted(
        rows, cursor
    )


async def approvals_page(
    actor: Actor, state: ApprovalState | None, *, cursor: str | None, limit: int
) -> dict[str, Any]:
    """Return requests for a second signature, the newest first; `can_sign`: this actor may have the word."""
    after = decode_cursor(cursor, UUID)
    wanted = approvals.visible_to(actor)
    if state is not None:
        wanted &= Condition("a.state = {}", (state,))
    rows_from = f"contact_approvals a JOIN enterprises e ON e.id = a.enterprise_id WHERE {wanted.render()}"
    count = count_column(rows_from, cursor)
    beyond = f" AND a.id < ${len(wanted.params) + 1}" if after else ""
    sql = f"SELECT {_APPROVAL}{count} FROM {rows_from}{beyond} ORDER BY a.id DESC LIMIT {limit + 1}"
    rows = await db.fetch(sql, *wanted.params, *(after or ()))
    shown, following = cut(rows, limit, lambda row: encode_cursor(row["id"]))
    signs = actor.can(approvals.SIGN)
    items = [
        {
            **_worded(row, APPROVAL.words[ApprovalState(row["state"])]),
            "can_sign": signs and row["state"] == ApprovalState.ASKED and row["requested_by"] != actor.id,
        }
        for row in shown
    ]
    return {"items": items, "next": following, **counted(rows, cursor)}


async def merges_page(actor: Actor, state: MergeState | None, *, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return proposals to come together about plans that staff may see, the newest first."""
    after = decode_cursor(cursor, UUID)
    first, second = plans_of(actor), plans_of(actor)
    wanted = Condition(first.sql.replace("p.", "f."), first.params) | Condition(
        second.sql.replace("p.", "s."), second.params
    )
    if state is not None:
        wanted &= Condition("m.state = {}", (state,))
    rows_from = f"{_MERGES} WHERE {wanted.render()}"
    sql = _MERGE.format(
        plan_first=_OF_MERGE.format("f"),
        plan_second=_OF_MERGE.format("s"),
        count=count_column(rows_from, cursor),
        rows=rows_from,
        beyond=f" AND m.id < ${len(wanted.params) + 1}" if after else "",
        limit=limit + 1,
    )
    rows = await db.fetch(sql, *wanted.params, *(after or ()))
    shown, following = cut(rows, limit, lambda row: encode_cursor(row["id"]))
    return {"items": [_merge(row, actor) for row in shown], "next": following, **counted(rows, cursor)}


async def _page(condition: Condition, actor: Actor, cursor: str | None, limit: int) -> dict[str, Any]:
    count = count_column(f"{_FROM} WHERE {condition.render()}", cursor)
    rows = await _rows(condition, cursor, limit + 1, count)
    shown, following = cut(rows, limit, lambda row: cursor_of(dict(row)))
    return {"items": [_line(row, actor) for row in shown], "next": following, **counted(rows, cursor)}


async def _rows(condition: Condition, cursor: str | None, limit: int, count: str) -> list[Record]:
    after = decode_cursor(cursor, date, UUID)
    if after is not None:
        condition = condition & Condition("(c.on_day, c.id) < ({}, {}::uuid)", after)
    sql = (
        f"SELECT {_LINE}{count} FROM {_FROM} WHERE {condition.render()} ORDER BY c.on_day DESC, c.id DESC LIMIT {limit}"
    )
    return await db.fetch(sql, *condition.params)


def _line(row: Record, actor: Actor) -> dict[str, Any]:
    told = {name: value for name, value in row.items() if name not in ("found", "origin")}
    people = orjson.loads(row["people"])
    if actor.kind is ActorKind.OWNER:
        told["unit_id"] = None
        people = [{"name": one["name"], "unit": one["unit"]} for one in people]
    return {**told, "side_word": SIDES[Side(row["side"])], "people": people}


def _worded(row: Record, word: str) -> dict[str, Any]:
    told = {name: value for name, value in row.items() if name != "found"}
    return {**told, "state_word": word, "side_word": SIDES[Side(row["side"])]}


def _merge(row: Record, actor: Actor) -> dict[str, Any]:
    told = _worded(row, MERGE.words[MergeState(row["state"])])
    plans = {place: orjson.loads(row[place]) for place in ("first", "second")}
    mine = [place for place, one in plans.items() if merging.answers(_plan(one, row["side"]), actor)]
    is_open = row["state"] == MergeState.PROPOSED and any(row[f"{place}_at"] is None for place in mine)
    return {**told, **plans, "may": ["accept", "decline"] if is_open and mine else []}


def _plan(one: dict[str, Any], side: str) -> Any:
    ids = {name: UUID(one[name]) if one[name] else None for name in ("unit_id", "staff_id", "planned_by")}
    return {**one, **ids, "side": side}
