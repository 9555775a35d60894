"""Who may change the calendar, and what he may do with it now, so that nobody is offered what would be refused."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from backend.access import PERMISSIONS, Actor, ActorKind
from backend.foundation import clock
from backend.foundation.errors import Forbidden
from backend.worktime.checking import is_changeable

MANAGE: Final = "worktime.manage"


@dataclass(frozen=True, slots=True)
class YearStanding:
    """What of a year decides that: whether some of its days are set, the library knows it, staff settled it."""

    year: int
    has_days: bool
    is_published: bool
    is_settled: bool


_ACTS: Final[tuple[tuple[str, Callable[[YearStanding], bool]], ...]] = (
    ("set_days", lambda _: True),
    ("remove_days", lambda one: one.has_days),
    ("settle", lambda one: one.has_days and not one.is_published and not one.is_settled),
    ("unsettle", lambda one: one.is_settled),
)


def require(actor: Actor) -> None:
    """Raise Forbidden unless the permission is held for the whole city, which has one calendar."""
    actor.require(MANAGE)
    if not _is_citywide(actor):
        held = f"您的权限“{PERMISSIONS[MANAGE]}”只限部分区县"
        raise Forbidden(MANAGE, f"{held}；工作日历全市统一，须有全市范围的这项权限，请联系管理员。")


def may_year(actor: Actor, one: YearStanding) -> list[str]:
    """Return the acts on a year that would not be refused by what is known now."""
    if not _can(actor) or not is_changeable(one.year):
        return []
    return [act for act, fits in _ACTS if fits(one)]


def may_hours(actor: Actor) -> list[str]:
    return ["change_hours"] if _can(actor) else []


def may_week(actor: Actor, valid_from: date, *, is_own: bool) -> list[str]:
    """Return the acts on the hours that begin on a day; those that a release brings along are not the bureau's own."""
    return ["withdraw_hours"] if is_own and _can(actor) and valid_from >= clock.today() else []


def _can(actor: Actor) -> bool:
    return actor.can(MANAGE) and _is_citywide(actor)


def _is_citywide(actor: Actor) -> bool:
    return actor.kind is ActorKind.SYSTEM or actor.districts(MANAGE) is None
