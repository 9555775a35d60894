"""Who may call what about policies."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.access import Role
from backend.enterprises.models import Binding
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.policies import service
from backend.policies.editing.versions import Handled
from backend.policies.telling import reminders
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.people import REVIEWER, WRITER, content, leaf, published
from tests.support.matrix import Call, Row, World

READERS = frozenset(Role) - {Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.PARTNER}
PUBLISHERS = frozenset({Role.PUBLISHER})
REVIEWERS = frozenset({Role.REVIEWER})


async def _bound(world: World) -> UUID:
    """An enterprise bound by the world's owner."""
    made = await enterprise(employees=3)
    await db.execute("INSERT INTO persons (id, created_at) VALUES ($1, $2)", world.owner.id, clock.now())
    await Binding.create(
        id=new_id(),
        person_id=world.owner.id,
        enterprise_id=made,
        role="manager",
        state="active",
        basis="review",
        created_at=clock.now(),
    )
    return made


async def _feed(world: World) -> Call:
    await published()
    return Call(params={"enterprise_id": await _bound(world)}, query={"answer": "yes", "limit": "5"})


async def _mine(world: World) -> Call:
    done = await published()
    return Call(params={"enterprise_id": await _bound(world), "policy_id": done.id})


async def _listed(_world: World) -> Call:
    await published()
    return Call(query={"q": "小店 减费", "category": "税费"})


async def _published(_world: World) -> Call:
    return _of(await published())


async def _new(_world: World) -> Call:
    return Call(body=content().model_dump(mode="json"))


async def _edited(_world: World) -> Call:
    made = await service.draft(content(), actor=WRITER)
    return _of(made, body=content("改过").model_dump(mode="json"))


async def _drafted(_world: World) -> Call:
    return _of(await service.draft(content(), actor=WRITER))


async def _submitted(_world: World) -> Call:
    made = await service.draft(content(), actor=WRITER)
    return _of(await service.submit(made.id, actor=WRITER), body={})


async def _scheduled(_world: World) -> Call:
    made = await service.draft(content(), actor=WRITER)
    handed = await service.submit(made.id, actor=WRITER)
    at = clock.now() + timedelta(days=1)
    return _of(await service.publish(made.id, actor=REVIEWER, version=handed.version, at=at))


async def _to_attach(_world: World) -> Call:
    made = await service.draft(content(), actor=WRITER)
    return _of(made, body={"attachments": []})


async def _sent_file(_world: World) -> Call:
    made = await service.draft(content(), actor=WRITER)
    return Call(params={"policy_id": made.id}, files={"file": ("通知.pdf", b"%PDF-1.4\n%%EOF", "application/pdf")})


async def _withdrawn(_world: World) -> Call:
    return _of(await published(), body={"reason": "金额有误"})


def _shop_of(enterprise_id: UUID, done: Handled | None = None, **call: Any) -> Call:
    return Call(params={"enterprise_id": enterprise_id, **({"policy_id": done.id} if done else {})}, **call)


async def _asked(world: World) -> Call:
    await published(rule=leaf("revenue_wan", "le", 500))
    return _shop_of(await _bound(world), query={"own_wish": "true"})


async def _answered(world: World) -> Call:
    return _shop_of(await _bound(world), body={"fact": "revenue_wan", "value": 300})


async def _tried(world: World) -> Call:
    return _shop_of(await _bound(world), body={"fact": "taxable_income_wan", "value": 30})


async def _put_off(world: World) -> Call:
    return _shop_of(await _bound(world), body={"fact": "revenue_wan", "how": "later"})


async def _seen(world: World) -> Call:
    done = await published()
    return _shop_of(await _bound(world), body={"shown": [str(done.id)], "opened": [str(done.id)]})


async def _judged(world: World) -> Call:
    done = await published()
    return _shop_of(await _bound(world), done, body={"answer": "not_for_me", "clauses": [{"path": "$"}]})


async def _closing(world: World) -> Call:
    done = await published()
    return _shop_of(await _bound(world), done, body={"days_before": 3})


async def _to_be_reached(world: World) -> Call:
    done = await published(rule={"not": leaf("founded_on", "within", {"years": 1})})
    shop = await _bound(world)
    day = clock.today() - timedelta(days=30)
    await db.execute(
        "UPDATE enterprises SET founded_on = $2, founded_on_source = 3, founded_on_on = $2 WHERE id = $1", shop, day
    )
    return _shop_of(shop, done)


async def _asked_before(world: World, kind: str) -> Call:
    call = await (_closing if kind == "closing" else _to_be_reached)(world)
    shop, policy = UUID(str(call.params["enterprise_id"])), UUID(str(call.params["policy_id"]))
    if kind == "closing":
        await reminders.before_it_closes(world.owner, shop, policy)
    else:
        await reminders.when_reached(world.owner, shop, policy)
    return Call(params=call.params)


async def _closing_asked(world: World) -> Call:
    return await _asked_before(world, "closing")


async def _reached_asked(world: World) -> Call:
    return await _asked_before(world, "reached")


async def _none_paused(_world: World) -> Call:
    return Call(query={"paused": "true"})


async def _paused(_world: World) -> Call:
    done = await published()
    await db.execute("UPDATE policy_versions SET pushes_paused_at = now() WHERE policy_id = $1", done.id)
    return Call(params={"policy_id": done.id}, body={"reason": "条件已核对无误"})


async def _succeeded(_world: World) -> Call:
    done = await published()
    return _of(await service.edit(done.id, content("改过"), actor=WRITER, version=done.version))


async def _unsaved_rule(_world: World) -> Call:
    shop = await enterprise(1 + await db.fetch_value("SELECT count(*) FROM enterprises"), employees=3)
    return Call(body={"rule": content().rule, "enterprise_id": str(shop)})


async def _codes(_world: World) -> Call:
    return Call(params={"key": "industry"})


def _of(handled: Handled, body: object = None) -> Call:
    return Call(params={"policy_id": handled.id}, body=body, headers={"If-Match": f'"{handled.version}"'})


_SHOP = "/api/owner/v1/enterprises/<enterprise_id:uuid>"
_OWNER = f"{_SHOP}/policies"
_PUBLIC = "/api/public/v1/policies"
_STAFF = "/api/staff/v1/policies"
_ONE = f"{_STAFF}/<policy_id:uuid>"

ROWS = (
    Row("GET", _OWNER, others=404, arrange=_feed),
    Row("GET", f"{_OWNER}/<policy_id:uuid>", others=404, arrange=_mine),
    Row("GET", f"{_SHOP}/question", others=404, arrange=_asked),
    Row("POST", f"{_SHOP}/question/answer", others=404, arrange=_answered),
    Row("POST", f"{_SHOP}/question/try", others=404, arrange=_tried),
    Row("POST", f"{_SHOP}/question/put-off", others=404, arrange=_put_off),
    Row("GET", f"{_SHOP}/reminders", others=404, arrange=_asked),
    Row("POST", f"{_OWNER}/seen", others=404, arrange=_seen),
    Row("GET", f"{_OWNER}/<policy_id:uuid>/feedback", others=404, arrange=_mine),
    Row("POST", f"{_OWNER}/<policy_id:uuid>/feedback", others=404, arrange=_judged),
    Row("DELETE", f"{_OWNER}/<policy_id:uuid>/feedback", others=404, arrange=_mine),
    Row("POST", f"{_OWNER}/<policy_id:uuid>/reminders/closing", others=404, arrange=_closing),
    Row("DELETE", f"{_OWNER}/<policy_id:uuid>/reminders/closing", others=404, arrange=_closing_asked),
    Row("POST", f"{_OWNER}/<policy_id:uuid>/reminders/reached", others=404, arrange=_to_be_reached),
    Row("DELETE", f"{_OWNER}/<policy_id:uuid>/reminders/reached", others=404, arrange=_reached_asked),
    Row("GET", _PUBLIC, arrange=_listed),
    Row("GET", f"{_PUBLIC}/<policy_id:uuid>", arrange=_published),
    Row("GET", _STAFF, roles=READERS, arrange=_listed),
    Row("GET", f"{_STAFF}/precision", roles=READERS, arrange=_none_paused),
    Row("GET", f"{_ONE}/precision", roles=READERS, arrange=_published),
    Row("POST", f"{_ONE}/resume-pushes", roles=REVIEWERS, arrange=_paused),
    Row("GET", _ONE, roles=READERS, arrange=_drafted),
    Row("GET", f"{_ONE}/audience", roles=READERS, arrange=_drafted),
    Row("GET", f"{_ONE}/audience/changes", roles=READERS, arrange=_succeeded),
    Row("GET", f"{_ONE}/reach", roles=READERS, arrange=_drafted),
    Row("GET", "/api/staff/v1/facts/<key:str>/codes", roles=READERS, arrange=_codes),
    Row("POST", "/api/staff/v1/rules/check", roles=READERS, arrange=_unsaved_rule),
    Row("POST", _STAFF, roles=PUBLISHERS, arrange=_new),
    Row("PUT", f"{_ONE}/draft", roles=PUBLISHERS, arrange=_edited),
    Row("POST", f"{_ONE}/submit", roles=PUBLISHERS, arrange=_drafted),
    Row("POST", f"{_ONE}/publish", roles=REVIEWERS, arrange=_submitted),
    Row("POST", f"{_ONE}/withdraw", roles=REVIEWERS, arrange=_withdrawn),
    Row("POST", f"{_ONE}/unschedule", roles=PUBLISHERS | REVIEWERS, arrange=_scheduled),
    Row("GET", f"{_ONE}/attachments", roles=READERS, arrange=_drafted),
    Row("PUT", f"{_ONE}/attachments", roles=PUBLISHERS, arrange=_to_attach),
    Row("POST", f"{_ONE}/files", roles=PUBLISHERS, arrange=_sent_file),
    Row("GET", f"{_STAFF}/dead-links", roles=READERS),
)
