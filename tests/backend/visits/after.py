"""Visits at the points of their later life at which a test begins."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from backend.access import SYSTEM, Actor
from backend.foundation import clock, db
from backend.foundation.clock import Frozen
from backend.foundation.ids import new_id
from backend.visits.afterwards import arriving, passes, reporting
from backend.visits.afterwards.minutes import Finding, FindingKind, Minutes, Promise
from backend.visits.models import Visit
from tests.backend.visits.people import NEXT, arranged, confirmed, owners, visitor

FINDING = Finding(FindingKind.DIFFICULTY, "旺季用工紧张，想了解用工补助。")


def promise(text: str = "三日内把补助申请材料清单送来", days: int = 3, **given: Any) -> Promise:
    return Promise(text, clock.today() + timedelta(days=days), **given)


def minutes(*promises: Promise, **given: Any) -> Minutes:
    return Minutes(
        **{"text": "介绍了用工补助政策，企业有意申请。", "findings": (FINDING,), "promises": promises, **given}
    )


async def at_the_door(clock_: Frozen, number: int = 1, **given: Any) -> tuple[Actor, Actor, UUID, Visit]:
    """A visitor and an owner at the hour for which they are confirmed: visitor, owner, enterprise, visit."""
    goes, (person, place) = await visitor(), await owners(number)
    made = await confirmed(person, place, **given)
    clock_.set(NEXT)
    return goes, person, place, made


async def arrived(clock_: Frozen, number: int = 1) -> tuple[Actor, Actor, UUID, Visit]:
    goes, person, place, made = await at_the_door(clock_, number)
    token = passes.write(passes.fresh(made.id, place))
    return goes, person, place, await arriving.scan(made.id, token, actor=goes)


async def reported(clock_: Frozen, *promises: Promise) -> tuple[Actor, Actor, UUID, Visit]:
    goes, person, place, made = await arrived(clock_)
    told = minutes(*(promises or (promise(),)))
    return goes, person, place, await reporting.file(made.id, told, actor=goes, version=made.version)


async def without_account(clock_: Frozen) -> tuple[Actor, UUID, Visit]:
    """A visit for somebody without an account, reported: visitor, enterprise, visit."""
    goes, (person, place) = await visitor(), await owners()
    await db.execute("UPDATE bindings SET state = 'ended', ended_at = $2 WHERE person_id = $1", person.id, clock.now())
    made = await arranged(place, NEXT, SYSTEM)
    clock_.set(NEXT)
    made = await arriving.tell(made.id, None, "窗口当面", actor=goes, version=made.version)
    return goes, place, await reporting.file(made.id, minutes(promise()), actor=goes, version=made.version)


async def photo(actor: Actor, media_type: str = "image/jpeg") -> UUID:
    """The row of a file that somebody uploaded."""
    made = new_id()
    await db.execute(
        "INSERT INTO files (id, owner_kind, owner_id, purpose, name, media_type, size, sha256, path, created_at) "
        "VALUES ($1, $2, $3, 'attachment', 'a.jpg', $4, 3, $5, $6, $7)",
        made, actor.kind.value, actor.id, media_type, b"0" * 32, f"ab/cd/{made.hex}{made.hex[:8]}", clock.now(),
    )  # fmt: skip
    return made


async def words_of(visit_id: UUID) -> list[str]:
    rows = await db.fetch("SELECT state FROM visit_confirmations WHERE visit_id = $1 ORDER BY enterprise_id", visit_id)
    return [row["state"] for row in rows]


async def cases_of(visit_id: UUID) -> list[dict[str, Any]]:
    rows = await db.fetch(
        "SELECT c.* FROM cases c JOIN visit_promises p ON p.id = c.origin_id WHERE p.visit_id = $1 ORDER BY p.nr",
        visit_id,
    )
    return [dict(row) for row in rows]


def day(text: str) -> date:
    return date.fromisoformat(text)
