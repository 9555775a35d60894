"""What goes out to those of a salon besides its own changes: words of the host, materials and the recording."""

from collections.abc import Sequence
from uuid import UUID

from backend import audit
from backend.access import Actor
from backend.eligibility import promises
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.states import WrongState
from backend.salons import attached, service, telling
from backend.salons.attached import POSTER, Material
from backend.salons.errors import NobodyHears
from backend.salons.models import Salon
from backend.salons.seats import answering
from backend.salons.service import Handled
from backend.salons.states import LIFECYCLE, WORDS, WRITTEN_OF, SalonState, by_clock
from backend.salons.visibility import RUN


async def hand_out(salon_id: UUID, materials: Sequence[Material], *, actor: Actor, version: int) -> Handled:
    """Set what whoever came, or waited in vain, may read; they are told the first time.

    Raises WrongState before, FileUnknown.
    """
    promises.refuse(materials="\n".join(one.title for one in materials))
    async with db.transaction():
        one = await service.locked(salon_id, actor, version)
        if one.state not in WRITTEN_OF:
            raise WrongState(LIFECYCLE, one.state, SalonState.HELD)
        is_first = one.materials_at is None and bool(materials)
        await attached.hand_out(salon_id, materials, actor=actor)
        if is_first:
            await telling.note_everybody(salon_id, "materials", "once")
        columns = {"materials_at": clock.now() if is_first else one.materials_at}
        await service.save(one, columns, actor, "salons.materials_set", changed=["materials"])
        return service.handled(one)


async def put_up(salon_id: UUID, poster_id: UUID | None, *, actor: Actor, version: int) -> Handled:
    """Put a salon's poster up, or take it down; raises WrongState for what was called off, FileUnknown."""
    async with db.transaction():
        one = await service.locked(salon_id, actor, version)
        if one.state is SalonState.CANCELLED:
            raise WrongState(LIFECYCLE, one.state, SalonState.PUBLISHED)
        await attached.claim(salon_id, [poster_id] if poster_id else [], [POSTER], actor=actor)
        await service.save(one, {"poster_id": poster_id}, actor, "salons.poster_set", changed=["poster_id"])
        return service.handled(one)


async def say(salon_id: UUID, words: str, *, actor: Actor) -> None:
    """Tell all who signed up, or wait, a sentence of the host's; raises Invalid for a promise, NobodyHears."""
    promises.refuse(words=words)
    async with db.transaction():
        await answering.of_salon(salon_id, actor, RUN)
        if not await telling.is_word_heard(salon_id):
            one = await Salon.get(id=salon_id)
            raise NobodyHears(WORDS[by_clock(one.state, one.opens_at, one.closes_at, clock.now())])
        mark = str(new_id())
        await telling.note_everybody(salon_id, "word", mark, words=words)
        detail = {"words": words}
        await audit.record(actor, "salons.said", table="salons", row_id=salon_id, fields=(), detail=detail)
