"""Minutes of a visit: staff file and amend them, the owner reads them, agrees or objects, and rates."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.cases import CategoryUnknown
from backend.cases.ending.rating import Level, Rating
from backend.cases.errors import OwnMatter
from backend.cases.lists import NewProblem
from backend.cases.lists.errors import ProblemWrong
from backend.foundation.states import WrongState
from backend.visits import errors
from backend.visits.afterwards import errors as later_errors
from backend.visits.afterwards import hearing, rating, records, reporting
from backend.visits.afterwards.minutes import Finding, FindingKind, Minutes, Promise
from miniprogram_api.cases.schemas import RateCase
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.files.links import link_for
from miniprogram_api.reply import Reply
from miniprogram_api.visits.owner import done
from miniprogram_api.visits.report_schemas import (
    AmendReport,
    ConfirmReport,
    DecideReport,
    FileReport,
    HearReport,
    ObjectToReport,
    RateVisit,
    ReachReport,
    ReportOut,
)
from miniprogram_api.visits.schemas import MovedOut

_READ = "visits.read"
_ANSWER = "visits.answer"
_ASSIGN = "visits.assign"
_OWNER = (errors.VisitUnknown, later_errors.PartyUnknown, WrongState)
_STAFF = (errors.VisitUnknown, errors.VisitChanged, errors.NotYourVisit, WrongState)
_FILING = (*_STAFF, later_errors.ReportWrong, later_errors.PhotoUnknown, CategoryUnknown, ProblemWrong, OwnMatter)
_WORD = (*_OWNER, later_errors.NoReport, later_errors.MinutesChanged, later_errors.MinutesSettled)


async def _shown(actor: Actor, visit_id: UUID) -> Reply:
    report = await records.report(actor, visit_id)
    for edition in report["editions"]:
        for finding in edition["findings"]:
            finding["photos"] = [{**one, "link": link_for(UUID(one["id"]))} for one in finding["photos"]]
    return Reply(report, headers={"ETag": f'"{report["version"]}"'})


def _minutes(body: FileReport) -> Minutes:
    return Minutes(
        body.text,
        [Finding(FindingKind(one.kind), one.words, one.enterprise_id, tuple(one.photos)) for one in body.findings],
        [Promise(one.text, one.due_on, one.category, one.enterprise_id, one.takes) for one in body.promises],
        [NewProblem(**one.model_dump()) for one in body.problems],
    )


def _rating(body: RateCase) -> Rating:
    return Rating(Level(body.level), body.text)


@endpoint(
    auth=Auth.OWNER, returns=ReportOut, errors=(errors.VisitUnknown,), summary="走访的到访登记、记录、承诺和我的意见"
)
async def show_mine(request: Request, visit_id: UUID, *, actor: Actor) -> Reply:  # noqa: ARG001
    await hearing.opened(visit_id, actor=actor)
    return await _shown(actor, visit_id)


@endpoint(
    auth=Auth.OWNER,
    body=ConfirmReport,
    returns=MovedOut,
    errors=(*_WORD, later_errors.RatedBefore),
    summary="确认走访记录，可以同时评价",
)
async def confirm(request: Request, visit_id: UUID, *, actor: Actor, body: ConfirmReport) -> Reply:  # noqa: ARG001
    rated = _rating(body.rating) if body.rating else None
    made = await hearing.confirm(visit_id, body.enterprise_id, actor=actor, edition=body.edition, rated=rated)
    return done(made)


@endpoint(auth=Auth.OWNER, body=ObjectToReport, returns=MovedOut, errors=_WORD, summary="对走访记录提出异议")
async def object_to(request: Request, visit_id: UUID, *, actor: Actor, body: ObjectToReport) -> Reply:  # noqa: ARG001
    made = await hearing.object_to(visit_id, body.enterprise_id, body.reason, actor=actor, edition=body.edition)
    return done(made)


@endpoint(
    auth=Auth.OWNER,
    body=RateVisit,
    returns=MovedOut,
    errors=(*_OWNER, later_errors.NotRateable, later_errors.RatedBefore),
    summary="评价走访；差评会有专人回访和整改",
)
async def rate(request: Request, visit_id: UUID, *, actor: Actor, body: RateVisit) -> Reply:  # noqa: ARG001
    return done(await rating.rate(visit_id, body.enterprise_id, _rating(body), actor=actor))


@endpoint(
    auth=Auth.OWNER,
    body=RateVisit,
    returns=MovedOut,
    errors=(*_OWNER, later_errors.NotRated, later_errors.AddedBefore),
    summary="追加评价，限一次",
)
async def rate_again(request: Request, visit_id: UUID, *, actor: Actor, body: RateVisit) -> Reply:  # noqa: ARG001
    return done(await rating.add(visit_id, body.enterprise_id, _rating(body), actor=actor))


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    returns=ReportOut,
    errors=(errors.VisitUnknown,),
    summary="走访的到访登记、各版记录、承诺和企业意见",
)
async def show(request: Request, visit_id: UUID, *, actor: Actor) -> Reply:  # noqa: ARG001
    return await _shown(actor, visit_id)


@endpoint(
    auth=Auth.STAFF,
    permission=_ANSWER,
    body=FileReport,
    returns=MovedOut,
    errors=(*_FILING, later_errors.StillExpected),
    summary="填写走访记录；每条承诺同时立为事项。还有企业没有到场的，开始15分钟后才能提交",
)
async def file(request: Request, visit_id: UUID, *, actor: Actor, body: FileReport, version: int) -> Reply:  # noqa: ARG001
    return done(await reporting.file(visit_id, _minutes(body), actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_ANSWER,
    body=AmendReport,
    returns=MovedOut,
    errors=(*_FILING, later_errors.NoReport),
    summary="更正走访记录，须说明理由；旧版保留，企业重新核对",
)
async def amend(request: Request, visit_id: UUID, *, actor: Actor, body: AmendReport, version: int) -> Reply:  # noqa: ARG001
    return done(await reporting.amend(visit_id, _minutes(body), body.why, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_ANSWER,
    body=ReachReport,
    returns=MovedOut,
    errors=(
        *_STAFF, later_errors.PartyUnknown, later_errors.NoReport, later_errors.ReachedBefore,
        later_errors.MinutesSettled,
    ),
    summary="记下已经电话或当面告知走访记录",
)  # fmt: skip
async def reach(request: Request, visit_id: UUID, *, actor: Actor, body: ReachReport, version: int) -> Reply:  # noqa: ARG001
    made = await hearing.record(visit_id, body.enterprise_id, body.how, body.note, actor=actor, version=version)
    return done(made)


@endpoint(
    auth=Auth.STAFF,
    permission=_ANSWER,
    body=HearReport,
    returns=MovedOut,
    errors=(
        *_STAFF, later_errors.PartyUnknown, later_errors.NoReport, later_errors.HasAccount,
        later_errors.MinutesSettled, errors.NeedsOther,
    ),
    summary="记下没有账号的企业对走访记录的意见；同意须由走访人员以外的人听取",
)  # fmt: skip
async def hear(request: Request, visit_id: UUID, *, actor: Actor, body: HearReport, version: int) -> Reply:  # noqa: ARG001
    told: dict[str, Any] = {"actor": actor, "version": version}
    return done(await hearing.hear(visit_id, body.enterprise_id, body.word, body.how, body.note, **told))


@endpoint(
    auth=Auth.STAFF,
    permission=_ASSIGN,
    body=DecideReport,
    returns=MovedOut,
    errors=(*_STAFF, errors.NothingContested, errors.NeedsOther),
    summary="决定对走访记录的异议：记录不改，须说明理由，由走访人员和记录人以外的人办理",
)
async def decide(request: Request, visit_id: UUID, *, actor: Actor, body: DecideReport, version: int) -> Reply:  # noqa: ARG001
    made = await hearing.decide(visit_id, body.enterprise_id, body.reason, actor=actor, version=version)
    return done(made)
