"""Signing in, devices, phone, bindings."""

from datetime import timedelta
from uuid import UUID

from backend import files, identity
from backend.access import Actor, Role
from backend.enterprises.models import BindingRole
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from tests.factories.people import add_binding, add_enterprise, add_person, add_staff
from tests.miniprogram_api.matrix.files import PDF
from tests.support.matrix import Call, Row, World

USCC = "91330502MA2B00001X"
PHONE = "13800001111"
REVIEWERS = frozenset({Role.FRONT_DESK, Role.MANAGER})

_SESSION = """
INSERT INTO owner_sessions (id, person_id, account_id, token_hash, created_at, seen_at, expires_at)
SELECT $1, person_id, id, '\\x00', $3, $3, $4 FROM wechat_accounts WHERE person_id = $2
"""


async def _people(world: World) -> None:
    for actor, phone in ((world.owner, PHONE), (world.other, "13900002222")):
        await add_person(world.runtime, phone, person_id=actor.id)


async def _myself(world: World) -> Call:
    await _people(world)
    return Call()


async def _an_old_consent(world: World) -> Call:
    return Call(body={"code": "demo-anyone", "consent_version": "1999-01"})


async def _a_device(world: World) -> Call:
    await _people(world)
    session_id, now = new_id(), clock.now()
    await db.execute(_SESSION, session_id, world.owner.id, now, now + timedelta(days=1))
    return Call(params={"session_id": session_id})


async def _a_phone(world: World) -> Call:
    await _people(world)
    return Call(body={"code": "phone-13800001111"})


async def _a_claim(world: World) -> Call:
    await _people(world)
    return Call(body={"uscc": USCC, "representative_name": "张三"})


async def _mine(world: World, role: str = "manager") -> tuple[UUID, UUID]:
    """The owner's enterprise and his binding."""
    await _people(world)
    enterprise_id = await add_enterprise(world.runtime, USCC, "张三", "13700003333")
    return enterprise_id, await add_binding(world.owner, enterprise_id, role)


async def _colleague(world: World, enterprise_id: UUID) -> UUID:
    newcomer: Actor = await add_person(world.runtime, "13600004444")
    return await add_binding(newcomer, enterprise_id, age=timedelta(0))


async def _a_newcomer(world: World) -> Call:
    enterprise_id, _ = await _mine(world, "representative")
    return Call(params={"binding_id": await _colleague(world, enterprise_id)})


async def _a_binding(world: World) -> Call:
    _, binding_id = await _mine(world)
    return Call(params={"binding_id": binding_id})


async def _an_enterprise(world: World) -> Call:
    enterprise_id, _ = await _mine(world)
    return Call(params={"enterprise_id": enterprise_id})


async def _an_invitation_to_make(world: World) -> Call:
    enterprise_id, _ = await _mine(world)
    return Call(params={"enterprise_id": enterprise_id}, body={"role": "manager"})


async def _an_invitation(world: World) -> Call:
    """From the other owner: he himself is told that he is in already, which leaves the code good."""
    await _people(world)
    enterprise_id = await add_enterprise(world.runtime, USCC, "张三", "13700003333")
    await add_binding(world.other, enterprise_id)
    made = await identity.invite(world.other, enterprise_id, BindingRole.MANAGER)
    return Call(body={"code": made.code})


async def _a_review(world: World) -> Call:
    for actor in world.staff.values():
        await add_staff(staff_id=actor.id)
    if not await db.fetch_value("SELECT EXISTS (SELECT FROM enterprises WHERE uscc = $1)", USCC):
        await add_enterprise(world.runtime, USCC, "张三", "13700003333")
    claimant = await add_person(world.runtime, PHONE)
    claimed = await identity.claim(claimant, USCC, "李四")
    assert claimed.review_id
    return Call(params={"review_id": claimed.review_id}, body={"reason": "核对无误"})


async def _a_claim_to_judge(world: World) -> Call:
    call = await _a_review(world)
    file = await files.store(world.owner, "licence_photo", "营业执照.pdf", PDF)
    sql = "UPDATE binding_reviews SET licence_file_id = $2 WHERE id = $1"
    await db.execute(sql, call.params["review_id"], file.id)
    return Call(params=call.params)


async def _some_reviews(world: World) -> Call:
    await _a_review(world)
    return Call(query={"state": "pending", "kind": "claim", "text": USCC[:6]})


ROWS = (
    Row("POST", "/api/owner/v1/sessions", anonymous=409, arrange=_an_old_consent),
    Row("GET", "/api/owner/v1/sessions"),
    Row("DELETE", "/api/owner/v1/sessions/<session_id:uuid>", others=404, arrange=_a_device),
    Row("GET", "/api/owner/v1/me", arrange=_myself),
    Row("POST", "/api/owner/v1/me/export"),
    Row("DELETE", "/api/owner/v1/me"),
    Row("POST", "/api/owner/v1/phone", arrange=_a_phone),
    Row("GET", "/api/owner/v1/bindings"),
    Row("POST", "/api/owner/v1/bindings", arrange=_a_claim),
    Row("POST", "/api/owner/v1/bindings/<binding_id:uuid>/object", others=404, arrange=_a_newcomer),
    Row("POST", "/api/owner/v1/bindings/<binding_id:uuid>/leave", others=404, arrange=_a_binding),
    Row("POST", "/api/owner/v1/bindings/<binding_id:uuid>/remove", others=404, arrange=_a_newcomer),
    Row("GET", "/api/owner/v1/enterprises/<enterprise_id:uuid>/bindings", others=404, arrange=_an_enterprise),
    Row(
        "POST",
        "/api/owner/v1/enterprises/<enterprise_id:uuid>/invitations",
        others=404,
        arrange=_an_invitation_to_make,
    ),
    Row("POST", "/api/owner/v1/invitations/accept", arrange=_an_invitation),
    Row("GET", "/api/staff/v1/bindings", roles=REVIEWERS, arrange=_some_reviews),
    Row("GET", "/api/staff/v1/bindings/<review_id:uuid>", roles=REVIEWERS, arrange=_a_claim_to_judge),
    Row("POST", "/api/staff/v1/bindings/<review_id:uuid>/licence", roles=REVIEWERS, arrange=_a_claim_to_judge),
    Row("POST", "/api/staff/v1/bindings/<review_id:uuid>/approve", roles=REVIEWERS, arrange=_a_review),
    Row("POST", "/api/staff/v1/bindings/<review_id:uuid>/refuse", roles=REVIEWERS, arrange=_a_review),
)
