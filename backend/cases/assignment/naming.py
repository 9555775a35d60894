"""What holds wherever one colleague names another: who can take a case, who answers for it, when a superior must."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from backend.access import Actor, covers
from backend.cases.assignment.candidates import HANDLE, NAMED_BY_SUPERIOR, Pool
from backend.cases.errors import NeedsDecision, NeedsSuperior, NotAble, NotYours
from backend.cases.models import Case
from backend.foundation import clock, db
from backend.foundation.errors import FieldError
from backend.staff.colleagues import Colleague

DECIDE: Final = "cases.decide"
_NAME: Final = "SELECT name FROM staff WHERE id = $1"


async def able(case: Case, staff_id: UUID, *, unit_id: UUID | None = None, field: str = "staff_id") -> Colleague:
    """Return a colleague who can take a case now, and hold him in place; raises NotAble saying why another cannot."""
    pool = await Pool.read(clock.today(), [staff_id])
    person = pool.person(staff_id)
    if person is None or not covers(person.actor, HANDLE, district=case.district, unit=unit_id or case.unit_id):
        raise _refusal(field, "not_allowed", "该同事已离岗，或没有办理该事项的权限。")
    if pool.is_concerned(staff_id, case.person_id, case.enterprise_id):
        raise _refusal(field, "concerned", f"{person.actor.name}与该事项有利害关系，应当回避，请另选一人。")
    if pool.is_away(staff_id, clock.today()):
        raise _refusal(field, "absent", f"{person.actor.name}今天不在岗，请另选一人。")
    return person


def _refusal(field: str, code: str, words: str) -> NotAble:
    return NotAble(words, (FieldError(field, code, words),))


async def name_of(staff_id: UUID | None) -> str:
    return str(await db.fetch_value(_NAME, staff_id) or "") if staff_id else ""


def is_superior(case: Case, actor: Actor) -> bool:
    """Tell whether an actor decides about this very case."""
    return covers(actor, DECIDE, district=case.district, unit=case.unit_id)


def check_own(case: Case, actor: Actor) -> None:
    """Raise NotYours for anybody but the handler and his superior, NeedsDecision while the superior has the word."""
    if case.handler_id != actor.id and not is_superior(case, actor):
        raise NotYours
    if case.awaits_decision:
        raise NeedsDecision


def check_superior(case: Case, actor: Actor, passes: int = 1) -> None:
    """Raise NeedsSuperior where one more hand-over is the third: from then on the superior names the handler.

    `passes` is 0 for a case that nobody has: who gave it back has passed it on already.
    """
    if case.hand_overs + passes >= NAMED_BY_SUPERIOR and not is_superior(case, actor):
        raise NeedsSuperior


def told(case: Case) -> Mapping[str, Any]:
    """Return of a case what notices tell."""
    names = ("id", "number", "title", "version", "district", "unit_id")
    return {name: getattr(case, name) for name in names}
