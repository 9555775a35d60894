"""What owners who book ask before anything is locked for them: all who come together are answered together.

Racers for one slot ask the same, so it is looked up once for all of them, and who finds nobody free is told at once.
Who seemed to be in time goes on to `booking.py`, which decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from backend.access import Actor
from backend.foundation import clock, db
from backend.foundation.batch import Batcher
from backend.foundation.errors import WuweiError
from backend.foundation.ids import uuid_floor
from backend.identity import each_acting_for
from backend.visits import reasons
from backend.visits.availability import finding
from backend.visits.availability.finding import FOLLOWING, Offer, Question, Where
from backend.visits.errors import EnterpriseUnknown, NoSuchSlot, SlotTaken
from backend.visits.reasons import Reason
from backend.visits.visibility import NAME

LATELY: Final = timedelta(hours=25)
"""A little longer than an Idempotency-Key is remembered."""

_LATELY: Final = """
SELECT DISTINCT person_id FROM visit_parties WHERE person_id = ANY ($1::uuid[]) AND visit_id >= $2
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an owner wants to book for an enterprise; it need not be known yet whether he acts for it."""

    person: Actor
    reason: str
    place: str
    enterprise_id: UUID
    starts_at: datetime


async def ask(asked: Asked) -> tuple[Actor, Offer]:
    """Return the owner as one who acts for the enterprise, and who could come; outside a transaction.

    Raises SlotTaken or NoSuchSlot at once for who finds nobody free, but not for who booked anything within the day: he
    may ask again for what he was given already. Further as `identity.acting_for`,
    `reasons.offered` and `finding.where` do.
    """
    answer = await _asked.do(asked)
    if isinstance(answer, WuweiError):
        raise answer
    return answer


async def _answer(asked: Sequence[Asked]) -> list[tuple[Actor, Offer] | WuweiError]:
    acting = await each_acting_for([(one.person, one.enterprise_id) for one in asked], scope=NAME)
    offers = iter(await _offers([one for one, actor in zip(asked, acting, strict=True) if isinstance(actor, Actor)]))
    return [actor if isinstance(actor, WuweiError) else _with(actor, next(offers)) for actor in acting]


def _with(actor: Actor, offer: Offer | WuweiError) -> tuple[Actor, Offer] | WuweiError:
    return offer if isinstance(offer, WuweiError) else (actor, offer)


async def _offers(asked: Sequence[Asked]) -> list[Offer | WuweiError]:
    if not asked:
        return []
    known = {one.key: one for one in await reasons.listed()}
    places = await finding.wheres({one.enterprise_id for one in asked})
    questions = [_question(one, known, places.get(one.enterprise_id, EnterpriseUnknown())) for one in asked]
    offers = iter(await finding.find_all([one for one in questions if isinstance(one, Question)]))
    found = [one if isinstance(one, WuweiError) else next(offers) for one in questions]
    late = [
        one.person.id for one, offer in zip(asked, found, strict=True) if isinstance(offer, Offer) and not offer.free
    ]
    lately = await _booked_lately(late) if late else set()
    return [await _told(one, offer, lately) for one, offer in zip(asked, found, strict=True)]


def _question(asked: Asked, known: dict[str, Reason], where: Where | WuweiError) -> Question | WuweiError:
    if isinstance(where, WuweiError):
        return where
    try:
        reason = reasons.check(known.get(asked.reason), asked.place, asked.person)
    except WuweiError as refused:
        return refused
    return Question(reason, asked.place, where, asked.starts_at)


async def _booked_lately(people: Sequence[UUID | None]) -> set[UUID]:
    rows = await db.fetch(_LATELY, list(people), uuid_floor(clock.now() - LATELY))
    return {row["person_id"] for row in rows}


async def _told(asked: Asked, offer: Offer | WuweiError, lately: set[UUID]) -> Offer | WuweiError:
    if isinstance(offer, WuweiError) or offer.free or asked.person.id in lately:
        return offer
    return SlotTaken(await FOLLOWING.of(offer)) if offer.is_slot else NoSuchSlot()


_asked: Final = Batcher(_answer)
