"""Signs up many at once: each with his own answer, all of them in one transaction and a handful of statements.

Whoever is surely too late is told without a lock; the others are decided under the lock of their salon. Nothing is
written while they are decided: what is to be written is handed on, to be sent as one statement. The database counts the
seats once more (`salon_quotas_never_oversold`) and refuses the whole set if this program ever erred.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from backend import audit, outbox, worktime
from backend.access import covers
from backend.audit import Act, Entry
from backend.foundation import clock, db
from backend.foundation.errors import WuweiError
from backend.foundation.ids import new_id
from backend.foundation.parts import Part, joined
from backend.salons import telling
from backend.salons.errors import SalonUnknown, SignedUpAlready
from backend.salons.seats import admitting, asking, forms, rooms, seating
from backend.salons.seats.admitting import Admitted, Again
from backend.salons.seats.asking import Asker, Seen, Wish
from backend.salons.seats.rooms import Held
from backend.salons.states import SalonState, SignupState
from backend.salons.visibility import RUN
from backend.worktime import Calendar

TABLE: Final = "salon_signups"

_full: set[UUID] = set()
"""Salons that were full when this process last looked: a hint that spares a lock, for they are looked at again."""
_MOST_FULL: Final = 10_000

_INSERT: Final = """signed AS (
INSERT INTO salon_signups (id, salon_id, quota_id, way, enterprise_id, person_id, nth, state, is_first, asks_approval,
    priority, attendee, answers, channel, signed_by_kind, signed_by, signed_at, waiting_since, decide_by, changed_at,
    confirmed_at)
SELECT n.id, n.salon_id, n.quota_id, n.way, n.enterprise_id, n.person_id, n.nth, n.state, n.is_first, n.asks_approval,
    n.priority, n.attendee, n.answers::jsonb, n.channel, n.by_kind, n.by_id, $1,
    CASE WHEN n.state = 'waiting' THEN $1::timestamptz END, n.decide_by, $1,
    CASE WHEN n.state = 'confirmed' THEN $1::timestamptz END
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::uuid[], $8::int[], $9::text[],
            $10::boolean[], $11::boolean[], $12::int[], $13::text[], $14::text[], $15::text[], $16::text[], $17::uuid[],
            $18::timestamptz[])
    AS n (id, salon_id, quota_id, way, enterprise_id, person_id, nth, state, is_first, asks_approval, priority,
          attendee, answers, channel, by_kind, by_id, decide_by)
)"""
_AGAIN: Final = """
SELECT g.id, g.salon_id, g.state, g.way, g.decide_by FROM salon_signups g WHERE g.id = ANY ($1::uuid[])
"""


@dataclass(frozen=True, slots=True)
class SignedUp:
    """How a sign-up stands. `position`: its place in the waiting list, as far as it is known without counting."""

    id: UUID
    salon_id: UUID
    state: SignupState
    way: str
    decide_by: datetime | None = None
    position: int | None = None
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class _New:
    """One sign-up to be written."""

    id: UUID
    wish: Wish
    asker: Asker
    got: Admitted
    answers: Mapping[str, Any]
    decide_by: datetime | None
    asks_approval: bool


async def sign_up(wishes: Sequence[Wish]) -> list[SignedUp | WuweiError]:
    """Decide on all of them in their order and write it, in the caller's transaction; one refusal leaves the others."""
    answers, writes = await decide(wishes)
    if writes:
        await db.execute(*joined(*writes))
    return answers


async def decide(wishes: Sequence[Wish]) -> tuple[list[SignedUp | WuweiError], Sequence[Part]]:
    """Return each one's answer, and what the caller is to write in this transaction so that they hold."""
    if not wishes:
        return [], ()
    seen = await _look(wishes)
    may_ask = any(salon.room.needs_approval or salon.is_limited for salon in seen.salons.values())
    calendar = await worktime.current() if may_ask else None
    judged = [_judge(*one, seen.salons, calendar) for one in zip(wishes, seen.askers, strict=True)]
    again = await _again([one.signup_id for one in judged if isinstance(one, Again)])
    news = [one for one in judged if isinstance(one, _New)]
    return _repeated(wishes, [_answer(one, again) for one in judged]), _writes(news) if news else ()


async def _look(wishes: Sequence[Wish]) -> Seen:
    """Return how things stand, with all salons locked unless every one of them is full and nobody would wait."""
    salon_ids = {one.salon_id for one in wishes}
    if salon_ids <= _full and not any(one.waits for one in wishes):
        seen = await asking.look(wishes)
        if not _open(wishes, seen):
            return seen
    await rooms.lock(salon_ids)
    seen = await asking.look(wishes)
    _note(seen, _open(wishes, seen))
    return seen


def _note(seen: Seen, open_ones: set[UUID]) -> None:
    if len(_full) >= _MOST_FULL:
        _full.clear()
    _full.update(seen.salons)
    _full.difference_update(open_ones)


def _open(wishes: Sequence[Wish], seen: Seen) -> set[UUID]:
    """Return the salons in which somebody may get a seat."""
    asked = {(one.salon_id, one.way) for one in wishes if one.salon_id in seen.salons}
    return {salon_id for salon_id, way in asked if not admitting.is_full(seen.salons[salon_id].room, (way,))}


def _is_hidden(wish: Wish, salon: Held) -> bool:
    if salon.room.state is SalonState.DRAFT:
        return True
    return wish.is_by_staff and not covers(wish.actor, RUN, district=salon.district, unit=salon.unit_id)


def _judge(
    wish: Wish, asker: Asker | WuweiError, salons: Mapping[UUID, Held], calendar: Calendar | None
) -> _New | Again | WuweiError:
    salon = salons.get(wish.salon_id)
    if salon is None or _is_hidden(wish, salon):
        return SalonUnknown()
    if isinstance(asker, WuweiError):
        return asker
    now = clock.now()
    try:
        answers = {} if asker.standing.mine else forms.answered(salon.form, wish.answers, asker.facts)
    except WuweiError as refused:
        return refused
    got = admitting.decide(salon.room, asker.standing, wish.way, waits=wish.waits, now=now, by_staff=wish.is_by_staff)
    if not isinstance(got, Admitted):
        return got
    asks = salon.room.needs_approval or asker.standing.fit is admitting.Fit.UNKNOWN
    decide_by = approve_by(salon, calendar) if calendar and got.state is SignupState.PENDING else None
    return _New(new_id(), wish, asker, got, answers, decide_by, asks)


def approve_by(salon: Held, calendar: Calendar) -> datetime:
    """Return by when an approval is decided: so many working days from now, and in time before the salon begins."""
    by = calendar.add_days(clock.now(), salon.approval_days).at
    return min(by, seating.latest(salon.starts_at, seating.DECIDED))


async def _again(signup_ids: Sequence[UUID]) -> dict[UUID, SignedUp]:
    if not signup_ids:
        return {}
    rows = await db.fetch(_AGAIN, list(signup_ids))
    return {
        row["id"]: SignedUp(
            row["id"], row["salon_id"], SignupState(row["state"]), row["way"], row["decide_by"], is_new=False
        )
        for row in rows
    }


def _answer(judged: _New | Again | WuweiError, again: Mapping[UUID, SignedUp]) -> SignedUp | WuweiError:
    if isinstance(judged, WuweiError):
        return judged
    if isinstance(judged, Again):
        return again[judged.signup_id]
    got, wish = judged.got, judged.wish
    position = got.ahead + 1 if got.state is SignupState.WAITING else None
    return SignedUp(judged.id, wish.salon_id, got.state, wish.way, judged.decide_by, position)


def _repeated(wishes: Sequence[Wish], answers: Sequence[SignedUp | WuweiError]) -> list[SignedUp | WuweiError]:
    """Return the answers; who asks for the same twice within the set reads what he has, as if he asked later."""
    made: dict[tuple[UUID, UUID | None, UUID], SignedUp] = {}
    told: list[SignedUp | WuweiError] = []
    for wish, answer in zip(wishes, answers, strict=True):
        same = wish.salon_id, wish.person_id, wish.enterprise_id
        if isinstance(answer, SignedUp):
            made.setdefault(same, replace(answer, is_new=False, position=None))
        told.append(made.get(same, answer) if isinstance(answer, SignedUpAlready) else answer)
    return told


def _writes(news: Sequence[_New]) -> Sequence[Part]:
    columns = (list(column) for column in zip(*(_row(one) for one in news), strict=True))
    by_state: dict[SignupState, list[UUID]] = {}
    for one in news:
        by_state.setdefault(one.got.state, []).append(one.id)
    signed, noted = Part(_INSERT, (clock.now(), *columns)), outbox.part(telling.notes(by_state))
    return signed, audit.acts_part([_act(one) for one in news]), noted


def _row(one: _New) -> tuple[Any, ...]:
    wish, got, standing = one.wish, one.got, one.asker.standing
    return (
        one.id,
        wish.salon_id,
        got.quota_id,
        wish.way,
        wish.enterprise_id,
        wish.person_id,
        got.nth,
        got.state.value,
        standing.is_first,
        one.asks_approval,
        standing.priority,
        wish.attendee,
        orjson.dumps(one.answers).decode(),
        wish.channel,
        wish.actor.kind.value,
        wish.actor.id,
        one.decide_by,
    )


def _act(one: _New) -> Act:
    actor = one.wish.actor
    if not one.wish.is_by_staff:
        actor = replace(actor, enterprise_id=one.wish.enterprise_id)
    return Act(actor, Entry("salons.signed_up", TABLE, one.id, ("state",)), one.wish.request_id)
