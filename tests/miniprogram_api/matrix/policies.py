"""Who may call what about policies."""

from uuid import UUID

from backend.access import Role
from backend.enterprises.models import Binding
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.policies import service
from backend.policies.versions import Handled
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.people import WRITER, content, published
from tests.support.matrix import Call, Row, World

READERS = frozenset(Role) - {Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR}
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
    return _of(await service.submit(made.id, actor=WRITER))


async def _withdrawn(_world: World) -> Call:
    return _of(await published(), body={"reason": "金额有误"})


def _of(handled: Handled, body: object = None) -> Call:
    return Call(params={"policy_id": handled.id}, body=body, headers={"If-Match": f'"{handled.version}"'})


_OWNER = "/api/owner/v1/enterprises/<enterprise_id:uuid>/policies"
_PUBLIC = "/api/public/v1/policies"
_STAFF = "/api/staff/v1/policies"
_ONE = f"{_STAFF}/<policy_id:uuid>"

ROWS = (
    Row("GET", _OWNER, others=404, arrange=_feed),
    Row("GET", f"{_OWNER}/<policy_id:uuid>", others=404, arrange=_mine),
    Row("GET", _PUBLIC, arrange=_listed),
    Row("GET", f"{_PUBLIC}/<policy_id:uuid>", arrange=_published),
    Row("GET", _STAFF, roles=READERS, arrange=_listed),
    Row("GET", _ONE, roles=READERS, arrange=_drafted),
    Row("GET", f"{_ONE}/audience", roles=READERS, arrange=_drafted),
    Row("POST", _STAFF, roles=PUBLISHERS, arrange=_new),
    Row("PUT", f"{_ONE}/draft", roles=PUBLISHERS, arrange=_edited),
    Row("POST", f"{_ONE}/submit", roles=PUBLISHERS, arrange=_drafted),
    Row("POST", f"{_ONE}/publish", roles=REVIEWERS, arrange=_submitted),
    Row("POST", f"{_ONE}/withdraw", roles=REVIEWERS, arrange=_withdrawn),
)
