"""Commands: a salon's way from draft to what was held; changes and cancellation, each told to everybody once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from backend import audit, notifications, outbox
from backend.access import Actor, covers
from backend.eligibility import promises
from backend.foundation import clock, db
from backend.foundation.errors import FieldError, Forbidden
from backend.foundation.ids import new_id
from backend.foundation.numbers import public_number
from backend.foundation.states import WrongState
from backend.salons import series, telling, wording
from backend.salons.content import SalonContent
from backend.salons.errors import Begun, FormFixed, NotReady, SalonChanged, SalonUnknown
from backend.salons.models import Salon
from backend.salons.seats import forms, quotas, seating, unanswerable
from backend.salons.states import COMING, EDITABLE, LIFECYCLE, OPEN_ONES, WRITTEN_OF, SalonState
from backend.salons.visibility import EDIT, salons_visible_to

PREFIX: Final = "SL"
TABLE: Final = "salons"
PUBLISHED: Final = "salons.published"
"""Outbox topic: a salon for certain enterprises was published, invite them; payload {salon_id}."""
REMINDED: Final = (timedelta(hours=24), timedelta(hours=2))

_SEEN: Final = "SELECT {may} AS may FROM salons s WHERE s.id = $1 AND {visible} FOR NO KEY UPDATE OF s"
_CANCEL_ALL: Final = """
UPDATE salon_signups SET state = 'cancelled', quota_id = NULL, nth = NULL, offer_until = NULL, reason = $2,
    changed_at = $3
WHERE salon_id = $1 AND state = ANY ($4::text[]) RETURNING id
"""
_QUOTAS: Final = "SELECT title FROM salon_quotas WHERE salon_id = $1 ORDER BY position"
_HAS_HALL: Final = "SELECT EXISTS (SELECT FROM salon_quotas WHERE salon_id = $1 AND way = 'hall')"
_WHEN_AND_WHERE: Final = ("starts_at", "ends_at", "address")
_TOLD_OF: Final = (*_WHEN_AND_WHERE, "online_url")


@dataclass(frozen=True, slots=True)
class Handled:
    """Where a salon stands after a command; `version` is what the next If-Match names."""

    id: UUID
    number: str
    version: int
    state: SalonState


async def draft(content: SalonContent, *, actor: Actor) -> Handled:
    """Write a new salon; raises RuleInvalid, FormWrong with every wrong place, Forbidden outside one's districts."""
    return await begin(content.columns(), content.quota_rows(), actor)


async def edit(salon_id: UUID, content: SalonContent, *, actor: Actor, version: int) -> Handled:
    """Rewrite a salon that is to come; a change of time or place is told to all who signed up, once.

    Raises WrongState for one that is over, Begun, FormFixed for another form once it is out, SeatsGiven.
    """
    async with db.transaction():
        one = await locked(salon_id, actor, version)
        if one.state not in EDITABLE:
            raise WrongState(LIFECYCLE, one.state, SalonState.PUBLISHED)
        if one.state is not SalonState.DRAFT and one.starts_at <= clock.now():
            raise Begun
        columns = _columns(one, content)
        await _check_place(actor, columns)
        before, is_moved = one.starts_at, _is_moved(one, columns, _TOLD_OF)
        is_elsewhere = _is_moved(one, columns, _WHEN_AND_WHERE)
        changed = _changed(one, columns)
        if one.state is not SalonState.DRAFT:
            _check_ready(columns, [one.title for one in content.quotas], "starts_at")
            columns["state"] = _state_at(one, columns)
        await quotas.keep(one.id, content.quota_rows())
        await save(one, columns, actor, "salons.edited", changed=changed)
        if one.state in COMING:
            await _tell_of_change(one, before, is_moved=is_moved, is_elsewhere=is_elsewhere)
            await seating.shorten(one.id, one.starts_at)
            await seating.seat_waiting(one.id)
            # Who has been invited already is not invited again; who has not been is when signing up begins now.
            if await outbox.cancel(PUBLISHED, str(one.id)):
                await _invite(one)
        return handled(one)


async def publish(salon_id: UUID, *, actor: Actor, version: int) -> Handled:
    """Put a draft before the public; raises NotReady with all that is missing or promises.

    Raises WrongState for what is out: that its times lie ahead again is for `edit`, and invites nobody anew.
    """
    async with db.transaction():
        one = await locked(salon_id, actor, version)
        if one.state is not SalonState.DRAFT:
            raise WrongState(LIFECYCLE, one.state, SalonState.PUBLISHED)
        titles = [row["title"] for row in await db.fetch(_QUOTAS, one.id)]
        _check_ready(one.__dict__, titles, "starts_at", "closes_at")
        wrong = tuple(unanswerable.faults(one.form.get("properties", {})))
        if wrong:
            raise NotReady(fields=wrong)
        await _check_places(one)
        moved = {"state": SalonState.PUBLISHED, "published_at": clock.now()}
        await save(one, moved, actor, "salons.published", changed=["state"])
        await _plan(one)
        await _invite(one)
        return handled(one)


async def cancel(salon_id: UUID, reason: str, *, actor: Actor, version: int) -> Handled:
    """Call a salon off with the reason that all who signed up read; nothing that was told of it is pushed any more."""
    async with db.transaction():
        one = await locked(salon_id, actor, version)
        state = LIFECYCLE.check(one.state, SalonState.CANCELLED)
        was_out = one.state is not SalonState.DRAFT
        columns = {"state": state, "end_reason": reason, "ended_at": clock.now()}
        await save(one, columns, actor, "salons.cancelled", changed=["state"], detail={"reason": reason})
        await _cancel_all(one, reason, actor)
        if was_out:
            await notifications.call_off(one.schedule_id)
            await telling.call_off_reminders(one.id)
            await outbox.cancel(PUBLISHED, str(one.id))
            await telling.note_everybody(one.id, "cancelled", "once")
        return handled(one)


async def close(salon_id: UUID, *, actor: Actor, version: int) -> Handled:
    """End signing up before its time; those who wait may still be offered a seat."""
    async with db.transaction():
        one = await locked(salon_id, actor, version)
        columns = {"state": LIFECYCLE.check(one.state, SalonState.CLOSED), "closes_at": clock.now()}
        columns["opens_at"] = min(one.opens_at, clock.now() - timedelta(minutes=1))
        await save(one, columns, actor, "salons.closed", changed=["state", "closes_at"])
        return handled(one)


async def write_minutes(salon_id: UUID, minutes: str, *, actor: Actor, version: int) -> Handled:
    """Publish what was said, with how much was asked and answered; raises WrongState before it was held."""
    promises.refuse(minutes=minutes)
    async with db.transaction():
        one = await locked(salon_id, actor, version)
        if one.state not in WRITTEN_OF:
            raise WrongState(LIFECYCLE, one.state, SalonState.HELD)
        columns = {"minutes": minutes, "minutes_at": clock.now()}
        await save(one, columns, actor, "salons.minutes_written", changed=["minutes"])
        return handled(one)


async def archive(salon_id: UUID, *, actor: Actor, version: int) -> Handled:
    """Lay a salon that was held aside: nothing more is written about who came."""
    async with db.transaction():
        one = await locked(salon_id, actor, version)
        columns = {"state": LIFECYCLE.check(one.state, SalonState.ARCHIVED), "ended_at": clock.now()}
        await save(one, columns, actor, "salons.archived", changed=["state"])
        return handled(one)


async def locked(salon_id: UUID, actor: Actor, version: int, permission: str = EDIT) -> Salon:
    """Lock a salon for a command; raises SalonUnknown, Forbidden, SalonChanged for another version."""
    visible, may = salons_visible_to(actor), salons_visible_to(actor, permission)
    sql = _SEEN.format(may=may.render(2), visible=visible.render(2 + len(may.params)))
    found = await db.fetch_one(sql, salon_id, *may.params, *visible.params)
    if found is None:
        raise SalonUnknown
    if not found["may"]:
        raise Forbidden(permission)
    one = await Salon.get(id=salon_id)
    if one.version != version:
        raise SalonChanged
    return one


async def begin(columns: dict[str, Any], rows: list[dict[str, Any]], actor: Actor) -> Handled:
    """Write a draft with its quotas."""
    actor.require(EDIT)
    await _check_place(actor, columns)
    now = clock.now()
    by: dict[str, Any] = {"created_by": actor.id, "edited_by": actor.id, "created_at": now, "edited_at": now}
    async with db.transaction():
        number = await public_number(PREFIX)
        one = await Salon.create(id=new_id(), number=number, schedule_id=new_id(), **columns, **by)
        await quotas.keep(one.id, [{**row, "id": None} for row in rows])
        await audit.record(actor, "salons.drafted", table=TABLE, row_id=one.id, fields=sorted(columns))
    return handled(one)


async def _check_place(actor: Actor, columns: Mapping[str, Any]) -> None:
    """Whoever runs salons for some districts or a unit writes none for others; what is named must be there."""
    if not covers(actor, EDIT, district=columns["district"], unit=columns["unit_id"]):
        raise Forbidden(EDIT, "您只能在授权的区县和单位范围内举办沙龙，请重新选择。")
    await series.check_named(unit_id=columns["unit_id"], series_id=columns["series_id"])


def _check_ready(columns: Mapping[str, Any], quota_titles: Sequence[str], *times: str) -> None:
    """Raise NotReady for what promises, and for those of its times that are over."""
    wrong = list(wording.refused(columns, quota_titles))
    wrong += [FieldError(name, "past", "该时间已过") for name in times if columns[name] <= clock.now()]
    if wrong:
        raise NotReady(fields=tuple(wrong))


async def _check_places(one: Salon) -> None:
    if not one.address and await db.fetch_value(_HAS_HALL, one.id):
        raise NotReady(fields=(FieldError("address", "missing", "有现场席位，请填写地点"),))


def _columns(one: Salon, content: SalonContent) -> dict[str, Any]:
    """Return what is written into a salon; the form of one that is out stands as it is, in its order."""
    if one.state is SalonState.DRAFT:
        return content.columns()
    columns = content.columns(one.form)
    if columns["form"] != one.form:
        raise FormFixed
    return {**columns, "form": one.form}


def _changed(one: Salon, columns: Mapping[str, Any]) -> list[str]:
    changed = {name for name, value in columns.items() if getattr(one, name) != value}
    return sorted(changed if forms.is_same(one.form, columns["form"]) else changed | {"form"})


def _is_moved(one: Salon, columns: Mapping[str, Any], names: Sequence[str]) -> bool:
    return any(getattr(one, name) != columns[name] for name in names)


def _state_at(one: Salon, columns: Mapping[str, Any]) -> SalonState:
    """Return in which state its new times put a salon that is out."""
    now = clock.now()
    if now < columns["opens_at"]:
        wanted = SalonState.PUBLISHED
    else:
        wanted = SalonState.OPEN if now < columns["closes_at"] else SalonState.CLOSED
    return wanted if wanted is one.state else LIFECYCLE.check(one.state, wanted)


async def _tell_of_change(one: Salon, before: datetime, *, is_moved: bool, is_elsewhere: bool) -> None:
    """Tell of another time or place; what was told of the old one is pushed no more, what ends before it ends earlier.

    `is_elsewhere`: whoever comes to the hall comes at another time or to another place.
    """
    if not is_moved:
        return
    await notifications.call_off(one.schedule_id, "superseded")
    columns: dict[str, Any] = {"schedule_id": new_id(), "edition": one.edition + 1, "sequence": one.sequence + 1}
    if is_elsewhere:
        columns["moved_at"] = clock.now()
    one.update_from_dict(columns)
    await one.save_only(*columns)
    await telling.call_off_reminders(one.id)
    await telling.note_everybody(one.id, "changed", str(one.edition), before=before)
    await _plan(one)


async def _invite(one: Salon) -> None:
    """Put down that those whom a salon is for are invited when signing up begins."""
    if one.rule is not None:
        await outbox.put(PUBLISHED, {"salon_id": str(one.id)}, key=str(one.id), due=max(one.opens_at, clock.now()))


async def _plan(one: Salon) -> None:
    """Put down when whoever has a seat is reminded."""
    for ahead in REMINDED:
        due = one.starts_at - ahead
        if due > clock.now():
            mark = f"{one.edition}:{int(ahead.total_seconds())}"
            await telling.note_everybody(one.id, "reminder", mark, due=due)


async def _cancel_all(one: Salon, reason: str, actor: Actor) -> None:
    states = [state.value for state in OPEN_ONES]
    rows = await db.fetch(_CANCEL_ALL, one.id, reason, clock.now(), states)
    entries = [audit.Entry("salons.signup_cancelled", "salon_signups", row["id"], ("state",)) for row in rows]
    if entries:
        await audit.record_many(actor, entries)


async def save(
    one: Salon,
    columns: dict[str, Any],
    actor: Actor,
    action: str,
    *,
    changed: list[str],
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write columns of a locked salon, with its next version, and what was done."""
    columns |= {"version": one.version + 1, "edited_by": actor.id, "edited_at": clock.now()}
    one.update_from_dict(columns)
    await one.save_only(*columns)
    await audit.record(actor, action, table=TABLE, row_id=one.id, fields=changed, detail=detail)


def handled(one: Salon) -> Handled:
    """Tell where a salon stands."""
    return Handled(one.id, one.number, one.version, one.state)
