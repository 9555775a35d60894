"""Owners whom WeChat knows, and staff who decide."""

from uuid import UUID

from backend import moderation
from backend.access import Actor, ActorKind, Grant, Role
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.moderation import Content, Outcome
from backend.runtime import Runtime
from tests.support.sandbox import Sandbox

ORIGIN = "tests"
DISTRICT = "330502"
_PERSON = "INSERT INTO persons (id, created_at) VALUES ($1, $2)"
_ACCOUNT = """
INSERT INTO wechat_accounts (id, person_id, appid, openid, created_at, last_seen_at) VALUES ($1, $2, $3, $4, $5, $5)
"""


async def visitor(running: Runtime, sandbox: Sandbox) -> UUID:
    """Write an owner who has just signed in."""
    openid = sandbox.owner()
    await running.wechat.code_to_session(sandbox.login_code(openid))
    return await person(running, openid)


async def person(running: Runtime, openid: str | None = None) -> UUID:
    made = new_id()
    await db.execute(_PERSON, made, clock.now())
    if openid is not None:
        await db.execute(_ACCOUNT, new_id(), made, running.settings.wechat_appid, openid, clock.now())
    return made


def desk(*districts: str, staff_id: UUID | None = None) -> Actor:
    return Actor(ActorKind.STAFF, staff_id or new_id(), "窗口", (Grant(Role.FRONT_DESK, districts=districts),))


async def submit(person_id: UUID, *texts: str, files: tuple[UUID, ...] = (), district: str | None = DISTRICT) -> UUID:
    """Hand a thing over and return the id of the thing."""
    origin_id = new_id()
    async with db.transaction():
        await moderation.submit(ORIGIN, origin_id, Content(texts, files), person_id=person_id, district=district)
    return origin_id


async def state_of(origin_id: UUID) -> str:
    state: str = await db.fetch_value("SELECT state FROM moderation_subjects WHERE origin_id = $1", origin_id)
    return state


async def subject_of(origin_id: UUID) -> UUID:
    found: UUID = await db.fetch_value("SELECT id FROM moderation_subjects WHERE origin_id = $1", origin_id)
    return found


async def check_all() -> None:
    while await moderation.check():
        continue


class Heard:
    """An origin that remembers what it was told."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []

    async def __call__(self, outcomes: list[Outcome]) -> None:
        self.outcomes += outcomes

    def states(self, origin_id: UUID) -> list[str]:
        return [one.state.value for one in self.outcomes if one.origin_id == origin_id]
