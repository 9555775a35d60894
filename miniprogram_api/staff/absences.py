"""One tells when one is away; managers tell it for others, and what each knows."""

from typing import Any, Final
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.cases.intake import categories
from backend.staff import absences, errors, skills
from backend.staff.errors import SessionEnded
from backend.visits import reasons
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.staff.absence_schemas import (
    AbsencesOut,
    AbsencesQuery,
    AbsenceToldOut,
    NoteSkills,
    SkillsOut,
    TellAbsence,
)

MANAGE: Final = "staff.absences"
_TOLD: Final = (errors.AbsenceTaken, errors.StaffNotFound, errors.HasLeft)
_WITHDRAWN: Final = (errors.AbsenceUnknown, errors.AbsenceOver)
_WITHDRAWN_FOR: Final = (*_WITHDRAWN, errors.StaffNotFound)


def _me(actor: Actor) -> UUID:
    if actor.id is None:
        raise SessionEnded
    return actor.id


@endpoint(auth=Auth.STAFF, returns=AbsencesOut, summary="我的不在岗登记")
async def mine(request: Request, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001  every handler is given its request
    return {"items": await absences.own(actor)}


@endpoint(
    auth=Auth.STAFF, body=TellAbsence, returns=AbsenceToldOut, status=201, errors=_TOLD, summary="登记我不在岗的日子"
)
async def tell(request: Request, *, actor: Actor, body: TellAbsence) -> AbsenceToldOut:  # noqa: ARG001
    return await _tell(_me(actor), actor, body)


@endpoint(auth=Auth.STAFF, errors=_WITHDRAWN, summary="撤回或提前结束我的不在岗登记")
async def withdraw(request: Request, absence_id: UUID, *, actor: Actor) -> None:  # noqa: ARG001
    await absences.withdraw(absence_id, staff_id=_me(actor), actor=actor)


@endpoint(auth=Auth.STAFF, permission=MANAGE, query=AbsencesQuery, returns=AbsencesOut, summary="谁在哪几天不在岗")
async def listed(request: Request, *, actor: Actor, query: AbsencesQuery) -> dict[str, Any]:  # noqa: ARG001
    return {"items": await absences.listed(actor, query.first, query.last, query.staff_id)}


@endpoint(
    auth=Auth.STAFF,
    permission=MANAGE,
    body=TellAbsence,
    returns=AbsenceToldOut,
    status=201,
    errors=_TOLD,
    summary="代为登记不在岗",
)
async def tell_for(request: Request, staff_id: UUID, *, actor: Actor, body: TellAbsence) -> AbsenceToldOut:  # noqa: ARG001
    return await _tell(staff_id, actor, body)


@endpoint(auth=Auth.STAFF, permission=MANAGE, errors=_WITHDRAWN_FOR, summary="撤回或提前结束他人的不在岗登记")
async def withdraw_for(request: Request, staff_id: UUID, absence_id: UUID, *, actor: Actor) -> None:  # noqa: ARG001
    await absences.withdraw(absence_id, staff_id=staff_id, actor=actor)


@endpoint(auth=Auth.STAFF, permission="staff.read", returns=SkillsOut, summary="一名工作人员的专长")
async def known(request: Request, staff_id: UUID) -> SkillsOut:  # noqa: ARG001
    return SkillsOut(skills=sorted((await skills.of([staff_id])).get(staff_id, ())))


@endpoint(
    auth=Auth.STAFF,
    permission=MANAGE,
    body=NoteSkills,
    returns=SkillsOut,
    errors=(errors.StaffNotFound, errors.HasLeft),
    summary="登记一名工作人员的全部专长，用于按专长分派；只收事项类别和走访事由所要求的",
)
async def note_skills(request: Request, staff_id: UUID, *, actor: Actor, body: NoteSkills) -> SkillsOut:  # noqa: ARG001
    asked = await categories.skills() | await reasons.skills()
    await skills.note(staff_id, body.skills, asked=asked, actor=actor)
    return SkillsOut(skills=sorted(set(body.skills)))


async def _tell(staff_id: UUID, actor: Actor, body: TellAbsence) -> AbsenceToldOut:
    made = await absences.tell(staff_id, body.from_on, body.until_on, body.kind, stand_in=body.stand_in, actor=actor)
    return AbsenceToldOut(id=made)
