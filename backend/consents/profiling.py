"""The switch "不要按我的画像推送": whoever turns it gets neither pushes nor lists that are chosen by a profile.

Source: 个人信息保护法 art. 24. No reason is asked and it holds from the next statement on, for it is read in the very
SQL that would push or choose: `… AND {NOT_REFUSED.format(person="b.person_id")}`.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from backend import audit
from backend.access import Actor, ActorKind
from backend.foundation import clock, db
from backend.foundation.errors import Forbidden

NOT_REFUSED: Final = "NOT EXISTS (SELECT FROM profiling_refusals refused WHERE refused.person_id = {person})"
"""SQL over the column or parameter that names a person."""

_REFUSE: Final = "INSERT INTO profiling_refusals (person_id, at) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_ALLOW: Final = "DELETE FROM profiling_refusals WHERE person_id = $1"
_TABLE: Final = "profiling_refusals"


def _person(actor: Actor) -> UUID:
    """Nobody refuses or allows it for another."""
    if actor.kind is not ActorKind.OWNER or actor.id is None:
        raise Forbidden(sentence="只有本人可以开启或者关闭按画像推送。")
    return actor.id


async def refuse(actor: Actor) -> None:
    """Choose nothing by this person's profile from now on; again changes nothing."""
    person = _person(actor)
    async with db.transaction():
        if await db.execute(_REFUSE, person, clock.now()):
            await audit.record(actor, "profiling.refused", table=_TABLE, row_id=person)


async def allow(actor: Actor) -> None:
    """Choose by his profile again, as before he refused; again changes nothing."""
    person = _person(actor)
    async with db.transaction():
        if await db.execute(_ALLOW, person):
            await audit.record(actor, "profiling.allowed", table=_TABLE, row_id=person)


async def is_refused(person_id: UUID) -> bool:
    """Tell whether nothing may be chosen by this person's profile."""
    return bool(await db.fetch_value(f"SELECT NOT {NOT_REFUSED.format(person='$1')}", person_id))


async def refused_at(person_id: UUID) -> datetime | None:
    """Return since when a person refuses; None when he does not."""
    at: datetime | None = await db.fetch_value("SELECT at FROM profiling_refusals WHERE person_id = $1", person_id)
    return at


async def forget(person_id: UUID) -> int:
    """Drop the refusal of one who leaves: nothing of him is left that could be chosen by."""
    return await db.execute(_ALLOW, person_id)
