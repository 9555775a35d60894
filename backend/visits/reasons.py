"""What people are visited for, as data: who may ask, where, how long, how soon; edited by who plans visits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from backend import audit
from backend.access import Actor, ActorKind
from backend.foundation import db
from backend.visits.errors import NotForYou, PlaceNotOffered, ReasonChanged, ReasonUnknown

PLAN: Final = "visits.plan"
PLACES: Final[Mapping[str, str]] = {"on_site": "上门", "office": "到窗口", "phone": "电话", "video": "视频"}

_COLUMNS: Final = """
key, title, hint, legal_basis, places, duration_minutes, buffer_before, buffer_after, notice_minutes, horizon_days,
change_minutes, step_minutes, capacity, units_needed, who_may, skill, position, is_open, version
"""
_ONE: Final = f"SELECT {_COLUMNS} FROM visit_reasons WHERE key = $1"
_ALL: Final = f"SELECT {_COLUMNS} FROM visit_reasons WHERE is_open OR NOT $1 ORDER BY position, key"
_EDITABLE: Final = frozenset(
    {
        "title", "hint", "legal_basis", "places", "duration_minutes", "buffer_before", "buffer_after",
        "notice_minutes", "horizon_days", "change_minutes", "step_minutes", "capacity", "units_needed", "who_may",
        "skill", "position", "is_open",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason; minutes are of the clock. See the migration for what each column means."""

    key: str
    title: str
    hint: str
    legal_basis: str
    places: tuple[str, ...]
    duration_minutes: int
    buffer_before: int
    buffer_after: int
    notice_minutes: int
    horizon_days: int
    change_minutes: int
    step_minutes: int
    capacity: int
    units_needed: int
    who_may: tuple[str, ...]
    skill: str | None
    position: int
    is_open: bool
    version: int

    @property
    def duration(self) -> timedelta:
        return timedelta(minutes=self.duration_minutes)

    @property
    def before(self) -> timedelta:
        return timedelta(minutes=self.buffer_before)

    @property
    def after(self) -> timedelta:
        return timedelta(minutes=self.buffer_after)

    @property
    def change(self) -> timedelta:
        """Until so long before it both sides change it without its being counted as late."""
        return timedelta(minutes=self.change_minutes)


async def known(key: str) -> Reason:
    """Return a reason, open or not; raises ReasonUnknown."""
    row = await db.fetch_one(_ONE, key)
    if row is None:
        raise ReasonUnknown
    return _reason(row)


async def offered(key: str, place: str, actor: Actor) -> Reason:
    """Return a reason for which an actor may book at a place; raises as `check` does."""
    return check(await known(key), place, actor)


def check(reason: Reason | None, place: str, actor: Actor) -> Reason:
    """Return a reason that an actor may book at a place; raises ReasonUnknown, PlaceNotOffered, NotForYou."""
    if reason is None or not reason.is_open:
        raise ReasonUnknown
    if place not in reason.places:
        raise PlaceNotOffered
    if actor.kind is ActorKind.OWNER and "owner" not in reason.who_may:
        raise NotForYou
    return reason


async def listed(*, only_open: bool = True) -> list[Reason]:
    return [_reason(row) for row in await db.fetch(_ALL, only_open)]


async def skills() -> frozenset[str]:
    """Return every skill that some reason for a visit asks for."""
    return frozenset(one.skill for one in await listed(only_open=False) if one.skill is not None)


async def edit(key: str, changes: Mapping[str, Any], *, actor: Actor, version: int) -> Reason:
    """Change a reason; what is booked already keeps its time. Raises ReasonUnknown, ReasonChanged."""
    actor.require(PLAN)
    names = sorted(set(changes) & _EDITABLE)
    async with db.transaction():
        sets = ", ".join([*(f"{name} = ${at}" for at, name in enumerate(names, 3)), "version = version + 1"])
        sql = f"UPDATE visit_reasons SET {sets} WHERE key = $1 AND version = $2"
        if not await db.execute(sql, key, version, *(changes[name] for name in names)):
            await known(key)
            raise ReasonChanged
        detail = {"reason": key}
        await audit.record(
            actor, "visits.reason_edited", table="visit_reasons", row_id=None, fields=names, detail=detail
        )
        return await known(key)


def _reason(row: Any) -> Reason:
    told = dict(row)
    return Reason(**{**told, "places": tuple(told["places"]), "who_may": tuple(told["who_may"])})
