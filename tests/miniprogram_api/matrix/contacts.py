"""The ledger of contacts: owners read and deny their own; staff by place; a second person signs."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from backend.access import Role
from backend.enterprises.contacts import Side, approvals, inspections
from backend.enterprises.contacts.states import InspectionKind
from backend.foundation import clock, db
from tests.backend.cases.people import asker
from tests.backend.enterprises.contacts.people import LAW, a_plan, member, noted, planned, unit
from tests.factories.people import add_binding, add_staff
from tests.support.matrix import Call, Row, World

READERS = frozenset({Role.FRONT_DESK, Role.VISITOR, Role.SPECIALIST, Role.MANAGER, Role.AUDITOR})
MANAGERS = frozenset({Role.MANAGER})
ENTERING = frozenset({Role.SPECIALIST, Role.MANAGER})
KEEPERS = frozenset({Role.FRONT_DESK, Role.SPECIALIST, Role.MANAGER})
ANSWERING = KEEPERS | {Role.VISITOR}
_IN_ORDER = (Role.FRONT_DESK, Role.VISITOR, Role.SPECIALIST, Role.MANAGER)
_LED = "UPDATE contact_plans SET staff_id = $1, planned_by = $2 WHERE id IN (SELECT {}_id FROM contact_merges)"
_COUNT = "SELECT count(*) FROM enterprises"
_PERSON = "INSERT INTO persons (id, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING"


async def _place(world: World, **facts: Any) -> UUID:
    """The owner's enterprise."""
    for one in (world.owner, world.other):
        await db.execute(_PERSON, one.id, clock.now())
    _, place = await asker(1 + await db.fetch_value(_COUNT), **facts)
    await add_binding(world.owner, place)
    for one in world.staff.values():
        await add_staff(staff_id=one.id)
    return place


async def _own(world: World) -> Call:
    place = await _place(world)
    await noted(place)
    return Call(params={"enterprise_id": place}, query={"year": str(clock.today().year)})


async def _objection(world: World) -> Call:
    place = await _place(world)
    (made,) = await noted(place)
    return Call(params={"enterprise_id": place, "contact_id": made}, body={"words": "没有来过"})


async def _lines(world: World) -> Call:
    await noted(await _place(world))
    return Call(query={"year": str(clock.today().year), "side": "service", "is_struck": "false"})


async def _file(world: World) -> Call:
    call = await _lines(world)
    return Call(query={**call.query, "format": "csv"})


async def _year(world: World) -> Call:
    await noted(await _place(world))
    return Call(query={"year": str(clock.today().year), "by": "unit"})


async def _year_file(world: World) -> Call:
    call = await _year(world)
    return Call(query={**call.query, "format": "xlsx"})


async def _over(world: World) -> Call:
    place = await _place(world, credit_risk_class="A")
    chief = await member()
    for day in (1, 2):
        kind, on_day = InspectionKind.ROUTINE, clock.today() - timedelta(days=day)
        await inspections.enter(inspections.Inspection(place, kind, on_day, "计划", LAW, "合格"), actor=chief)
    return Call(query={"year": str((clock.today() - timedelta(days=1)).year), "side": "inspection"})


async def _strike(world: World) -> Call:
    (made,) = await noted(await _place(world))
    return Call(params={"contact_id": made}, body={"reason": "重复登记"}, headers={"If-Match": '"1"'})


_INSPECTED = {"kind": "routine", "reason": "年度计划", "legal_basis": LAW}


async def _enter(world: World) -> Call:
    body = {**_INSPECTED, "enterprise_id": str(await _place(world)), "outcome": "未发现问题"}
    return Call(body={**body, "on_day": str(clock.today())})


async def _plan(world: World) -> Call:
    body = {**_INSPECTED, "enterprise_id": str(await _place(world)), "on_day": str(clock.today())}
    return Call(body=body)


async def _planned(world: World) -> Call:
    about = (await _place(world), InspectionKind.ROUTINE, clock.today(), "年度计划", LAW)
    plan = await inspections.plan(*about, actor=await member())
    return Call(params={"plan_id": plan}, body={"reason": "改期"}, headers={"If-Match": '"1"'})


async def _full(world: World) -> UUID:
    place = await _place(world)
    await planned(*(a_plan(place, date(clock.today().year, 12, day)) for day in range(1, 5)))
    return place


async def _ask(world: World) -> Call:
    place = str(await _full(world))
    return Call(body={"enterprise_id": place, "side": "service", "year": clock.today().year, "reason": "承诺的回访"})


async def _decide(world: World) -> Call:
    about = (await _full(world), Side.SERVICE, clock.today().year, "承诺的回访")
    asked = await approvals.ask(*about, actor=await member(Role.FRONT_DESK))
    return Call(
        params={"approval_id": asked.id},
        body={"is_signed": True, "words": "同意"},
        headers={"If-Match": f'"{asked.version}"'},
    )


async def _merge(world: World) -> Call:
    """Two inspections, planned and led by those who have a word."""
    place = await _place(world, credit_risk_class="D")
    for name in ("甲局", "乙局"):
        someone = await member(unit_id=await unit(f"{name}{await db.fetch_value('SELECT count(*) FROM units')}"))
        await inspections.plan(place, InspectionKind.ROUTINE, clock.today(), "计划", LAW, actor=someone)
    desk, visitor, specialist, chief = (world.staff[one].id for one in _IN_ORDER)
    for one, two, side in ((desk, visitor, "first"), (specialist, chief, "second")):
        await db.execute(_LED.format(side), one, two)
    merge_id = await db.fetch_value("SELECT id FROM contact_merges ORDER BY id DESC LIMIT 1")
    return Call(params={"merge_id": merge_id}, body={"reason": "须分别取样"}, headers={"If-Match": '"1"'})


async def _accept(world: World) -> Call:
    call = await _merge(world)
    return Call(params=call.params, headers=call.headers)


async def _limits(world: World) -> Call:
    await _place(world)
    version = await db.fetch_value("SELECT version FROM contact_settings")
    found = await db.fetch("SELECT side, credit_class, size, per_year, ground FROM contact_ceilings")
    counted = await db.fetch("SELECT key FROM contact_kinds WHERE is_counted ORDER BY position")
    body = {
        "merge_days": 15,
        "late_days": 10,
        "signed_days": 30,
        "counted": [row["key"] for row in counted],
        "ceilings": [dict(row) for row in found],
    }
    return Call(body=body, headers={"If-Match": f'"{version}"'})


_MINE = "/api/owner/v1/enterprises/<enterprise_id:uuid>/contacts"
_APPROVALS = "/api/staff/v1/contact-approvals"
_MERGES = "/api/staff/v1/contact-merges"
ROWS = (
    Row("GET", _MINE, others=404, arrange=_own),
    Row("POST", f"{_MINE}/<contact_id:uuid>/objection", others=404, arrange=_objection),
    Row("GET", "/api/staff/v1/enterprises/<enterprise_id:uuid>/contacts", roles=READERS, arrange=_own),
    Row("GET", "/api/staff/v1/contacts", roles=READERS, arrange=_lines),
    Row("GET", "/api/staff/v1/contacts/export", roles=READERS, arrange=_file),
    Row("GET", "/api/staff/v1/contacts/over-ceiling", roles=READERS, arrange=_over),
    Row("POST", "/api/staff/v1/contacts/<contact_id:uuid>/strike", roles=KEEPERS, arrange=_strike),
    Row("GET", "/api/staff/v1/contact-figures", roles=READERS, arrange=_year),
    Row("GET", "/api/staff/v1/contact-figures/export", roles=READERS, arrange=_year_file),
    Row("POST", "/api/staff/v1/inspections", roles=ENTERING, arrange=_enter),
    Row("GET", "/api/staff/v1/contact-plans", roles=READERS),
    Row("POST", "/api/staff/v1/contact-plans", roles=ENTERING, arrange=_plan),
    Row("POST", "/api/staff/v1/contact-plans/<plan_id:uuid>/cancel", roles=ENTERING, arrange=_planned),
    Row("GET", _APPROVALS, roles=READERS),
    Row("POST", _APPROVALS, roles=KEEPERS, arrange=_ask),
    Row("POST", f"{_APPROVALS}/<approval_id:uuid>/decide", roles=MANAGERS, arrange=_decide),
    Row("GET", _MERGES, roles=READERS),
    Row("POST", f"{_MERGES}/<merge_id:uuid>/accept", roles=ANSWERING, arrange=_accept),
    Row("POST", f"{_MERGES}/<merge_id:uuid>/decline", roles=ANSWERING, arrange=_merge),
    Row("GET", "/api/staff/v1/contact-settings", roles=READERS),
    Row("PUT", "/api/staff/v1/contact-settings", roles=MANAGERS, arrange=_limits),
)
