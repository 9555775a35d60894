"""Who handles cases works on his own; superiors decide; auditors read; an owner sees his own alone."""

from typing import Any
from uuid import UUID

from backend.access import SYSTEM, Actor, Role
from backend.cases import handling
from backend.cases.ending import closing, rating
from backend.cases.ending.rating import Level, Rating
from backend.cases.events import Citation
from backend.cases.intake import contacts, receipts
from backend.cases.models import Case
from backend.foundation import clock, db
from tests.backend.cases.people import HELP, answered, clerk, opened
from tests.factories.people import add_staff
from tests.support.matrix import Call, Row, World

READERS = frozenset(Role) - {Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.PARTNER}
HANDLERS = frozenset({Role.FRONT_DESK, Role.VISITOR, Role.SPECIALIST, Role.MANAGER})
SUPERIORS = frozenset({Role.MANAGER})
CITED = [{"source": "law", "words": "促进个体工商户发展条例第三十二条"}]
LAW = Citation("law", "促进个体工商户发展条例第三十二条")
_HELPS = "INSERT INTO case_helpers (case_id, staff_id, since) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"


async def _owner(world: World) -> Actor:
    sql = "INSERT INTO persons (id, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING"
    await db.execute(sql, world.owner.id, clock.now())
    return world.owner


async def _call(case_id: UUID, body: Any = None, *, with_version: bool = True) -> Call:
    case = await Case.get(id=case_id)
    headers = {"If-Match": f'"{case.version}"'} if with_version else {}
    return Call(params={"case_id": case_id}, body=body, headers=headers)


async def _case(world: World) -> UUID:
    return await opened(await _owner(world))


async def _worked(world: World) -> UUID:
    """A case that somebody handles and every clerk of the world helps with."""
    case_id, someone = await _case(world), await clerk()
    await handling.accept(case_id, actor=someone)
    for role in HANDLERS:
        one = world.staff[role]
        await add_staff(staff_id=one.id)
        await db.execute(_HELPS, case_id, one.id, clock.now())
    return case_id


async def _answered(world: World) -> UUID:
    case_id = await _worked(world)
    await handling.answer(case_id, "已处理。", actor=SYSTEM)
    return case_id


async def _rated(world: World) -> UUID:
    case_id = await _answered(world)
    await closing.confirm(case_id, actor=world.owner, rated=Rating(Level.BAD))
    return case_id


async def _show(world: World) -> Call:
    return Call(params={"case_id": await _case(world)})


async def _registered(world: World) -> Call:
    for one in world.staff.values():
        await add_staff(staff_id=one.id)
    told = {"category": HELP, "title": "用工困难", "text": "招不到人", "channel": "counter"}
    return Call(body=told | {"contact": {"name": "钱店主"}})


async def _file(world: World) -> Call:
    return Call(files={"file": ("说明.txt", "情况说明".encode(), "text/plain")})


async def _accept(world: World) -> Call:
    for one in world.staff.values():
        await add_staff(staff_id=one.id)
    return await _call(await _case(world))


async def _reply(world: World) -> Call:
    return await _call(await _worked(world), {"text": "请稍候"}, with_version=False)


async def _ask(world: World) -> Call:
    return await _call(await _worked(world), {"items": [{"words": "营业执照"}]})


async def _answer(world: World) -> Call:
    return await _call(await _worked(world), {"text": "可以申请", "citations": CITED})


async def _decline(world: World) -> Call:
    return await _call(await _worked(world), {"reason": "不属于职责范围", "citations": CITED})


async def _pause(world: World) -> Call:
    return await _call(await _worked(world), {"reason": "test", "text": "送检"})


async def _resume(world: World) -> Call:
    case_id = await _worked(world)
    await handling.pause(case_id, "test", "送检", actor=SYSTEM)
    return await _call(case_id)


async def _promise(world: World) -> Call:
    case_id = await _worked(world)
    due = (await Case.get(id=case_id)).solution_due_at
    assert due
    return await _call(case_id, {"on": due.astimezone(clock.SHANGHAI).date().isoformat()})


async def _extend(world: World) -> Call:
    return await _call(await _worked(world), {"days": 3, "reason": "需要会商"})


async def _reach(world: World) -> Call:
    return await _call(await _answered(world), {"how": "call", "note": "电话告知"})


async def _decide(world: World) -> Call:
    case_id = await _worked(world)
    await handling.decline(case_id, "不属于职责范围", [LAW], actor=SYSTEM)
    await closing.refuse(case_id, "请复核", actor=world.owner)
    return await _call(case_id, {"reason": "维持", "ends": True})


async def _reason(world: World) -> Call:
    return await _call(await _worked(world), {"reason": "影响较大"})


async def _task(world: World) -> Call:
    return await _call(await _rated(world), {"result": "已改进"}, with_version=False)


async def _tried(world: World) -> Call:
    return await _call(await _rated(world), {"reason": "无人接听"}, with_version=False)


async def _appeal(world: World) -> Call:
    return await _call(await _rated(world), {"reason": "误评"}, with_version=False)


async def _appealed(world: World) -> Call:
    case_id = await _rated(world)
    await rating.appeal(case_id, "误评", actor=await clerk())
    return await _call(case_id, {"verdict": "属实", "is_upheld": True}, with_version=False)


async def _unowned(world: World) -> Call:
    for one in world.staff.values():
        await add_staff(staff_id=one.id)
    return Call(params={"case_id": await opened()})


async def _named(world: World) -> Call:
    for one in world.staff.values():
        await add_staff(staff_id=one.id)
    case_id = await opened()
    await contacts.keep(case_id, "钱店主", "13800000001", actor=await clerk())
    return Call(params={"case_id": case_id}, body={"reason": "回访"})


async def _heard(world: World) -> Call:
    for one in world.staff.values():
        await add_staff(staff_id=one.id)
    case_id = await answered(await clerk())
    return await _call(case_id, {"word": "confirmed", "how": "call", "note": "电话里说已解决"})


async def _supply(world: World) -> Call:
    case_id = await _worked(world)
    await handling.ask(case_id, [handling.Wanted("营业执照")], actor=SYSTEM)
    return Call(params={"case_id": case_id}, body={"text": "见附件"})


async def _own_reply(world: World) -> Call:
    return Call(params={"case_id": await _worked(world)}, body={"text": "请问进展如何"})


async def _confirm(world: World) -> Call:
    return Call(params={"case_id": await _answered(world)}, body={"rating": {"level": 5}})


async def _refuse(world: World) -> Call:
    return Call(params={"case_id": await _answered(world)}, body={"text": "没有解决"})


async def _rate(world: World) -> Call:
    case_id = await _answered(world)
    await closing.confirm(case_id, actor=world.owner)
    return Call(params={"case_id": case_id}, body={"level": 4})


async def _rate_again(world: World) -> Call:
    return Call(params={"case_id": await _rated(world)}, body={"level": 4})


async def _receipt(world: World) -> Call:
    """Whoever has the paper may claim it: number and code are the right."""
    await _owner(world)
    sql = "INSERT INTO persons (id, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING"
    await db.execute(sql, world.other.id, clock.now())
    desk = await clerk(Role.FRONT_DESK)
    case_id = await opened()
    made = await receipts.make(case_id, actor=desk)
    return Call(body={"number": made.number, "code": made.code})


_OWN = "/api/owner/v1/cases/<case_id:uuid>"
_ONE = "/api/staff/v1/cases/<case_id:uuid>"
ROWS = (
    Row("GET", _OWN, others=404, arrange=_show),
    Row("POST", f"{_OWN}/reply", others=404, arrange=_own_reply),
    Row("POST", f"{_OWN}/supply", others=404, arrange=_supply),
    Row("POST", f"{_OWN}/confirm", others=404, arrange=_confirm),
    Row("POST", f"{_OWN}/refuse", others=404, arrange=_refuse),
    Row("POST", f"{_OWN}/rate", others=404, arrange=_rate),
    Row("POST", f"{_OWN}/rate-again", others=404, arrange=_rate_again),
    Row("POST", "/api/owner/v1/cases/claim", arrange=_receipt),
    Row("POST", "/api/staff/v1/cases", roles=HANDLERS, arrange=_registered),
    Row("POST", "/api/staff/v1/case-files", roles=HANDLERS, arrange=_file),
    Row("GET", _ONE, roles=READERS, arrange=_show),
    Row("POST", f"{_ONE}/accept", roles=HANDLERS, arrange=_accept),
    Row("POST", f"{_ONE}/reply", roles=HANDLERS, arrange=_reply),
    Row("POST", f"{_ONE}/notes", roles=HANDLERS, arrange=_reply),
    Row("POST", f"{_ONE}/ask", roles=HANDLERS, arrange=_ask),
    Row("POST", f"{_ONE}/answer", roles=HANDLERS, arrange=_answer),
    Row("POST", f"{_ONE}/decline", roles=HANDLERS, arrange=_decline),
    Row("POST", f"{_ONE}/pause", roles=HANDLERS, arrange=_pause),
    Row("POST", f"{_ONE}/resume", roles=HANDLERS, arrange=_resume),
    Row("POST", f"{_ONE}/promise", roles=HANDLERS, arrange=_promise),
    Row("POST", f"{_ONE}/extend", roles=SUPERIORS, arrange=_extend),
    Row("POST", f"{_ONE}/reaches", roles=HANDLERS, arrange=_reach),
    Row("POST", f"{_ONE}/hear", roles=HANDLERS, arrange=_heard),
    Row("POST", f"{_ONE}/decide", roles=SUPERIORS, arrange=_decide),
    Row("POST", f"{_ONE}/close", roles=SUPERIORS, arrange=_reason),
    Row("POST", f"{_ONE}/supervise", roles=SUPERIORS, arrange=_reason),
    Row("POST", f"{_ONE}/call-back", roles=HANDLERS, arrange=_task),
    Row("POST", f"{_ONE}/call-back/tries", roles=HANDLERS, arrange=_tried),
    Row("POST", f"{_ONE}/rectify", roles=HANDLERS, arrange=_task),
    Row("POST", f"{_ONE}/appeal", roles=HANDLERS, arrange=_appeal),
    Row("POST", f"{_ONE}/appeal/decide", roles=SUPERIORS, arrange=_appealed),
    Row("POST", f"{_ONE}/receipt", roles=HANDLERS, arrange=_unowned),
    Row("POST", f"{_ONE}/reveal-contact", roles=HANDLERS, arrange=_named),
)
