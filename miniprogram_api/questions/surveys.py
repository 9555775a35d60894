"""Surveys at the staff door: written by one, released by another, their results read, needs made cases."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.eligibility import RuleInvalid
from backend.foundation.paging import WrongCursor
from backend.foundation.states import WrongState
from backend.questions.surveys import (
    audience,
    errors,
    exporting,
    needs,
    queries,
    results,
    service,
    texts,
)
from backend.questions.surveys.content import SurveyContent
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.questions.survey_schemas import (
    EndSurvey,
    ExportQuery,
    NeedsOut,
    PickNeeds,
    SurveyAudienceOut,
    SurveyCardOut,
    SurveyHandledOut,
    SurveyOut,
    SurveyQuery,
    SurveyResultsOut,
    SurveyTextsOut,
    TextsQuery,
)
from miniprogram_api.reply import Reply, Stream, download
from miniprogram_api.schema import CountedPage

_READ = "surveys.read"
_WRITE = "surveys.write"
_RELEASE = "surveys.release"
_GONE = (errors.SurveyUnknown, errors.SurveyChanged, WrongState)


def _tagged(body: Any, version: int) -> Reply:
    return Reply(body, headers={"ETag": f'"{version}"'})


def _done(handled: service.Handled) -> Reply:
    return _tagged(SurveyHandledOut.model_validate(handled), handled.version)


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    query=SurveyQuery,
    returns=CountedPage[SurveyCardOut],
    errors=(WrongCursor,),
    summary="需求调查",
)
async def listing(request: Request, *, actor: Actor, query: SurveyQuery) -> dict[str, Any]:  # noqa: ARG001
    return await queries.page(actor, state=query.state, cursor=query.cursor, limit=query.limit)


@endpoint(auth=Auth.STAFF, permission=_READ, returns=SurveyOut, errors=(errors.SurveyUnknown,), summary="一项需求调查")
async def detail(request: Request, survey_id: UUID, *, actor: Actor) -> Reply:  # noqa: ARG001
    found = await queries.detail(actor, survey_id)
    return _tagged(found, found["version"])


@endpoint(
    auth=Auth.STAFF,
    permission=_WRITE,
    body=SurveyContent,
    returns=SurveyHandledOut,
    status=201,
    errors=(RuleInvalid,),
    summary="起草需求调查；未注明依据的条件以“调查原因”为依据",
)
async def draft(request: Request, *, actor: Actor, body: SurveyContent) -> Reply:  # noqa: ARG001
    return _done(await service.draft(body, actor=actor))


@endpoint(
    auth=Auth.STAFF,
    permission=_WRITE,
    body=SurveyContent,
    returns=SurveyHandledOut,
    errors=(*_GONE, RuleInvalid),
    summary="修改未发放的需求调查；已送审的退回草稿",
)
async def edit(request: Request, survey_id: UUID, *, actor: Actor, body: SurveyContent, version: int) -> Reply:  # noqa: ARG001
    return _done(await service.edit(survey_id, body, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_WRITE,
    returns=SurveyHandledOut,
    errors=(*_GONE, errors.NotReady, RuleInvalid),
    summary="提交审核；If-Match 为提交时所看的版本",
)
async def submit(request: Request, survey_id: UUID, *, actor: Actor, version: int) -> Reply:  # noqa: ARG001
    return _done(await service.submit(survey_id, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_RELEASE,
    body=EndSurvey,
    returns=SurveyHandledOut,
    errors=_GONE,
    summary="退回修改，说明原因",
)
async def send_back(request: Request, survey_id: UUID, *, actor: Actor, body: EndSurvey, version: int) -> Reply:  # noqa: ARG001
    return _done(await service.send_back(survey_id, body.reason, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_RELEASE,
    returns=SurveyHandledOut,
    errors=(*_GONE, errors.SameAuthor, errors.SurveyPast, RuleInvalid),
    summary="审核并发放；题目和对象从此不变，If-Match 为审核时所看的版本",
)
async def release(request: Request, survey_id: UUID, *, actor: Actor, version: int) -> Reply:  # noqa: ARG001
    return _done(await service.release(survey_id, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_RELEASE,
    body=EndSurvey,
    returns=SurveyHandledOut,
    errors=_GONE,
    summary="提前结束",
)
async def close(request: Request, survey_id: UUID, *, actor: Actor, body: EndSurvey, version: int) -> Reply:  # noqa: ARG001
    return _done(await service.close(survey_id, body.reason, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_RELEASE,
    body=EndSurvey,
    returns=SurveyHandledOut,
    errors=_GONE,
    summary="撤回；不再通知，也不能再填写",
)
async def withdraw(request: Request, survey_id: UUID, *, actor: Actor, body: EndSurvey, version: int) -> Reply:  # noqa: ARG001
    return _done(await service.withdraw(survey_id, body.reason, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_WRITE,
    returns=SurveyHandledOut,
    status=201,
    errors=(errors.SurveyUnknown,),
    summary="再做一期：以这项调查的内容起草新的一项",
)
async def copy(request: Request, survey_id: UUID, *, actor: Actor) -> Reply:  # noqa: ARG001
    return _done(await service.copy(survey_id, actor=actor))


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    returns=SurveyAudienceOut,
    errors=(errors.SurveyUnknown, RuleInvalid, errors.PreviewTooSlow),
    summary="今天发放会面向多少企业、经什么途径通知多少人",
)
async def preview(request: Request, survey_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await audience.of_survey(actor, survey_id)


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    returns=SurveyResultsOut,
    errors=(errors.SurveyUnknown,),
    summary="调查结果；不足 5 的不显示，也不能由其他数推算出来",
)
async def result(request: Request, survey_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await results.of(actor, survey_id)


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    query=ExportQuery,
    returns=Stream,
    errors=(errors.SurveyUnknown,),
    summary="调查结果的文件，数字与页面相同",
)
async def export(request: Request, survey_id: UUID, *, actor: Actor, query: ExportQuery) -> Stream:  # noqa: ARG001
    return download(await exporting.write(actor, survey_id, query.format))


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    query=TextsQuery,
    returns=SurveyTextsOut,
    errors=(errors.SurveyUnknown, errors.TextUnknown, WrongCursor),
    summary="文字答复，不显示是谁写的；已转为事项的附事项编号",
)
async def written(request: Request, survey_id: UUID, *, actor: Actor, query: TextsQuery) -> dict[str, Any]:  # noqa: ARG001
    return await texts.listing(actor, survey_id, query.question, cursor=query.cursor, limit=query.limit)


@endpoint(
    auth=Auth.STAFF,
    permission=_WRITE,
    body=PickNeeds,
    returns=NeedsOut,
    errors=(errors.SurveyUnknown, errors.TextUnknown, errors.NoContact),
    summary="把文字答复转为事项，每条一次；只限题目写明会转办的",
)
async def pick(request: Request, survey_id: UUID, *, actor: Actor, body: PickNeeds) -> dict[str, Any]:  # noqa: ARG001
    return {"cases": await needs.pick(actor, survey_id, body.texts)}
