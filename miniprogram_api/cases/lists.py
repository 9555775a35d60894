"""销号制 over HTTP: lists of problems, put right by one person and struck off by a second one."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.cases.errors import FileUnknown
from backend.cases.lists import NewProblem, OpenedList, opening, queries, working
from backend.cases.lists import errors as list_errors
from backend.cases.lists.working import Stood
from backend.foundation.states import WrongState
from miniprogram_api.cases.list_schemas import (
    AddProblems,
    ChangeProblem,
    FinishProblem,
    LinkProblem,
    ListedProblemOut,
    ListOpenedOut,
    ListsQuery,
    ProblemIn,
    ProblemListDetailOut,
    ProblemListOut,
    ProblemMovedOut,
    ProblemsAddedOut,
    ProblemsQuery,
    ReturnProblem,
    StrikeOff,
    WriteList,
)
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import Reply
from miniprogram_api.schema import CountedPage

_READ = "cases.read"
_ASSIGN = "cases.assign"
_STRIKE = "cases.strike"
_COMMON = (list_errors.ProblemUnknown, list_errors.ProblemChanged, WrongState)


def _new(problems: list[ProblemIn]) -> list[NewProblem]:
    return [NewProblem(**one.model_dump()) for one in problems]


def _moved(stood: Stood) -> Reply:
    return Reply(ProblemMovedOut.model_validate(stood), headers={"ETag": f'"{stood.version}"'})


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    query=ListsQuery,
    returns=CountedPage[ProblemListOut],
    summary="问题清单，最新的在前，各有整改中、待销号、已销号的数目",
)
async def listed(request: Request, *, actor: Actor, query: ListsQuery) -> dict[str, Any]:  # noqa: ARG001
    return await queries.page(actor, **query.model_dump())


@endpoint(
    auth=Auth.STAFF,
    permission=_ASSIGN,
    body=WriteList,
    returns=ListOpenedOut,
    status=201,
    errors=(list_errors.ProblemWrong,),
    summary="建立问题清单",
)
async def write(request: Request, *, actor: Actor, body: WriteList) -> OpenedList:  # noqa: ARG001
    where = body.model_dump(exclude={"problems"})
    return await opening.write_list(_new(body.problems), actor=actor, **where)


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    returns=ProblemListDetailOut,
    errors=(list_errors.ListUnknown,),
    summary="一份问题清单和每个问题的经过",
)
async def show(request: Request, list_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await queries.detail(actor, list_id)


@endpoint(
    auth=Auth.STAFF,
    permission=_ASSIGN,
    body=AddProblems,
    returns=ProblemsAddedOut,
    status=201,
    errors=(list_errors.ListUnknown, list_errors.ProblemWrong),
    summary="在清单中增加问题",
)
async def add(request: Request, list_id: UUID, *, actor: Actor, body: AddProblems) -> ProblemsAddedOut:  # noqa: ARG001
    return ProblemsAddedOut(last=await opening.add(list_id, _new(body.problems), actor=actor))


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    query=ProblemsQuery,
    returns=CountedPage[ListedProblemOut],
    summary="各清单中的问题，先到期的在前",
)
async def problems(request: Request, *, actor: Actor, query: ProblemsQuery) -> dict[str, Any]:  # noqa: ARG001
    return await queries.problems(actor, **query.model_dump())


@endpoint(
    auth=Auth.STAFF,
    permission=_ASSIGN,
    body=ChangeProblem,
    returns=ProblemMovedOut,
    errors=(*_COMMON, list_errors.ProblemWrong, list_errors.NeedsSecondPerson),
    summary="调整责任人、期限或措施，须写明理由；期限须由责任人以外的人调整",
)
async def change(request: Request, problem_id: UUID, *, actor: Actor, body: ChangeProblem, version: int) -> Reply:  # noqa: ARG001
    return _moved(await working.change(problem_id, actor=actor, version=version, **body.model_dump()))


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    body=FinishProblem,
    returns=ProblemMovedOut,
    errors=(*_COMMON, list_errors.NotResponsible, list_errors.NoEvidence, FileUnknown),
    summary="责任人报告整改完成，附佐证材料",
)
async def finish(request: Request, problem_id: UUID, *, actor: Actor, body: FinishProblem, version: int) -> Reply:  # noqa: ARG001
    return _moved(await working.finish(problem_id, body.result, body.files, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_STRIKE,
    body=StrikeOff,
    returns=ProblemMovedOut,
    errors=(*_COMMON, list_errors.NeedsSecondPerson),
    summary="核实后销号，须为责任人以外的另一人",
)
async def strike_off(request: Request, problem_id: UUID, *, actor: Actor, body: StrikeOff, version: int) -> Reply:  # noqa: ARG001
    return _moved(await working.strike_off(problem_id, body.words, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_STRIKE,
    body=ReturnProblem,
    returns=ProblemMovedOut,
    errors=(*_COMMON, list_errors.NeedsSecondPerson),
    summary="退回重新整改，须写明理由",
)
async def send_back(request: Request, problem_id: UUID, *, actor: Actor, body: ReturnProblem, version: int) -> Reply:  # noqa: ARG001
    return _moved(await working.send_back(problem_id, body.reason, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    body=LinkProblem,
    returns=ProblemMovedOut,
    errors=(*_COMMON, list_errors.ProblemWrong),
    summary="关联或取消关联一个事项",
)
async def link(request: Request, problem_id: UUID, *, actor: Actor, body: LinkProblem, version: int) -> Reply:  # noqa: ARG001
    return _moved(await working.link(problem_id, body.case_id, actor=actor, version=version))
