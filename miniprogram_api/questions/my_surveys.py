"""Surveys at the owner door: what is put to his enterprise, its one answer, handed in or changed until the end."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.identity.errors import NotBound, OutOfScope, ReadOnly
from backend.questions.surveys import answering, errors, mine
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.questions.survey_schemas import GivenAnswers, MySurveyDetailOut, MySurveysOut, WrittenOut
from miniprogram_api.reply import Reply

_NOT_MINE = (errors.SurveyUnknown, NotBound, OutOfScope)
_NOT_WRITTEN = (
    *_NOT_MINE,
    ReadOnly,
    errors.SurveyOver,
    errors.AnswerInvalid,
    errors.AlreadyAnswered,
    errors.AnswerChanged,
)


def _tagged(body: Any, version: int) -> Reply:
    return Reply(body, headers={"ETag": f'"{version}"'})


def _written(done: answering.Written) -> Reply:
    return _tagged(WrittenOut(version=done.version, is_first=done.is_first, cases=list(done.cases)), done.version)


@endpoint(auth=Auth.OWNER, returns=MySurveysOut, errors=(NotBound, OutOfScope), summary="面向本企业的需求调查")
async def listing(request: Request, enterprise_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return {"items": await mine.listing(actor, enterprise_id)}


@endpoint(
    auth=Auth.OWNER,
    returns=MySurveyDetailOut,
    errors=_NOT_MINE,
    summary="一项需求调查，附已掌握的信息和本企业的答复；ETag 为答复的版本，未填写为 0",
)
async def detail(request: Request, enterprise_id: UUID, survey_id: UUID, *, actor: Actor) -> Reply:  # noqa: ARG001
    found = await mine.detail(actor, enterprise_id, survey_id)
    return _tagged(found, found["version"])


@endpoint(
    auth=Auth.OWNER,
    body=GivenAnswers,
    returns=WrittenOut,
    errors=_NOT_WRITTEN,
    summary="提交或修改本企业的答复；If-Match 为所看的版本，首次提交为 0",
)
async def answer(
    request: Request,  # noqa: ARG001
    enterprise_id: UUID,
    survey_id: UUID,
    *,
    actor: Actor,
    body: GivenAnswers,
    version: int,
) -> Reply:
    return _written(await answering.answer(actor, enterprise_id, survey_id, body.answers, version=version))


@endpoint(
    auth=Auth.OWNER,
    body=GivenAnswers,
    returns=WrittenOut,
    errors=_NOT_WRITTEN,
    summary="暂存填了一半的答复，不计入结果；If-Match 为所看的版本，首次为 0",
)
async def save(
    request: Request,  # noqa: ARG001
    enterprise_id: UUID,
    survey_id: UUID,
    *,
    actor: Actor,
    body: GivenAnswers,
    version: int,
) -> Reply:
    return _written(await answering.save(actor, enterprise_id, survey_id, body.answers, version=version))
