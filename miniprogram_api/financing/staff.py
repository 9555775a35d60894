"""The bureau keeps institutions, desks and values, and looks on; it never decides for a bank."""

from typing import Any, Final
from uuid import UUID

import orjson
from sanic import Request

from backend.access import Actor
from backend.financing import errors, queries, values
from backend.financing.banks import clients, institutions
from backend.financing.banks.institutions import Assessment
from backend.financing.costs import lprs
from backend.financing.referrals import offers, releasing, second_look
from backend.foundation.paging import WrongCursor
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.financing.consent_schemas import ReadOut
from miniprogram_api.financing.owner import handled
from miniprogram_api.financing.referral_schemas import OffersOut
from miniprogram_api.financing.schemas import ApplicationOut, HandledOut
from miniprogram_api.financing.staff_schemas import (
    AddInstitution,
    ApplicationsQuery,
    Assess,
    CardsOut,
    ChangeValue,
    EditInstitution,
    InstitutionsOut,
    IssueClient,
    IssuedOut,
    JoinDesk,
    LprsOut,
    MadeOut,
    NoteLpr,
    OpenDesk,
    ValuesOut,
    VerifyLpr,
)
from miniprogram_api.reply import Reply
from miniprogram_api.schema import CountedPage, PageQuery

READ: Final = "financing.read"
MANAGE: Final = "financing.manage"
MEDIATE: Final = "financing.mediate"
_UNKNOWN: Final = (errors.ApplicationUnknown,)


@endpoint(
    auth=Auth.STAFF,
    permission=READ,
    query=ApplicationsQuery,
    returns=CardsOut,
    errors=(WrongCursor,),
    summary="融资需求",
)
async def listed(request: Request, *, actor: Actor, query: ApplicationsQuery) -> dict[str, Any]:  # noqa: ARG001
    wanted: dict[str, Any] = {"states": [*query.state], "district": query.district}
    return await queries.listed(actor, **wanted, cursor=query.cursor, limit=query.limit)


@endpoint(auth=Auth.STAFF, permission=READ, returns=ApplicationOut, errors=_UNKNOWN, summary="一项融资需求和它的经过")
async def show(request: Request, application_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await queries.detail(actor, application_id)


@endpoint(auth=Auth.STAFF, permission=READ, returns=OffersOut, errors=_UNKNOWN, summary="各家报价并列")
async def compare(request: Request, application_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    await queries.check_seen(actor, application_id)
    return await offers.compared(application_id, actor=actor)


@endpoint(
    auth=Auth.STAFF,
    permission=READ,
    query=PageQuery,
    returns=CountedPage[ReadOut],
    errors=(*_UNKNOWN, WrongCursor),
    summary="银行的查看记录",
)
async def reads(request: Request, application_id: UUID, *, actor: Actor, query: PageQuery) -> dict[str, Any]:  # noqa: ARG001
    return await queries.reads(actor, application_id, cursor=query.cursor, limit=query.limit, is_counted=True)


@endpoint(
    auth=Auth.STAFF,
    permission=MEDIATE,
    returns=HandledOut,
    errors=(errors.ReferralUnknown, errors.ReferralChanged, errors.NoSecondLook),
    summary="登记已与企业和银行联系，协调二次对接",
)
async def mediate(request: Request, referral_id: UUID, *, actor: Actor, version: int) -> Reply:  # noqa: ARG001
    return handled(await second_look.contact(referral_id, actor=actor, version=version))


@endpoint(auth=Auth.STAFF, permission=READ, returns=InstitutionsOut, summary="金融机构、对接岗和人员")
async def banks(request: Request, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return {"items": [{**one, "desks": orjson.loads(one["desks"])} for one in await institutions.listed(actor)]}


@endpoint(
    auth=Auth.STAFF,
    permission=MANAGE,
    body=AddInstitution,
    returns=MadeOut,
    status=201,
    errors=(errors.InstitutionTaken,),
    summary="登记金融机构",
)
async def add_bank(request: Request, *, actor: Actor, body: AddInstitution) -> MadeOut:  # noqa: ARG001
    return MadeOut(id=await institutions.add(body.name, body.kind, body.contact, actor=actor))


@endpoint(
    auth=Auth.STAFF,
    permission=MANAGE,
    body=EditInstitution,
    errors=(errors.InstitutionUnknown, errors.InstitutionChanged, errors.InstitutionTaken),
    summary="修改金融机构，暂停或恢复对接；暂停时尚未受理的转给企业选定的下一家",
)
async def edit_bank(
    request: Request,  # noqa: ARG001
    institution_id: UUID,
    *,
    actor: Actor,
    body: EditInstitution,
    version: int,
) -> None:
    told = (institution_id, body.name, body.contact)
    await releasing.edit(*told, is_open=body.is_open, actor=actor, version=version)


@endpoint(
    auth=Auth.STAFF,
    permission=MANAGE,
    body=Assess,
    returns=MadeOut,
    status=201,
    errors=(errors.InstitutionUnknown, errors.ContentWrong),
    summary="登记个人信息保护影响评估；没有有效评估不能向该机构提供信息",
)
async def assess(request: Request, institution_id: UUID, *, actor: Actor, body: Assess) -> MadeOut:  # noqa: ARG001
    made = Assessment(body.purpose, body.risks, body.measures, body.level, body.valid_until)
    return MadeOut(id=await institutions.assess(institution_id, made, actor=actor))


@endpoint(
    auth=Auth.STAFF,
    permission=MANAGE,
    body=OpenDesk,
    returns=MadeOut,
    status=201,
    errors=(errors.InstitutionUnknown, errors.DeskTaken, errors.ContentWrong),
    summary="开设对接岗",
)
async def open_desk(request: Request, institution_id: UUID, *, actor: Actor, body: OpenDesk) -> MadeOut:  # noqa: ARG001
    return MadeOut(id=await institutions.open_desk(institution_id, body.name, body.districts, actor=actor))


@endpoint(
    auth=Auth.STAFF,
    permission=MANAGE,
    errors=(errors.DeskUnknown,),
    summary="关闭对接岗，其人员随即不能查看；在办的转给该机构其他对接岗，没有的转给企业选定的下一家",
)
async def close_desk(request: Request, desk_id: UUID, *, actor: Actor) -> None:  # noqa: ARG001
    await releasing.close_desk(desk_id, actor=actor)


@endpoint(
    auth=Auth.STAFF,
    permission=MANAGE,
    body=JoinDesk,
    errors=(errors.DeskUnknown, errors.NotAPartner, errors.AtAnotherDesk),
    summary="让合作机构的账号加入对接岗",
)
async def join(request: Request, desk_id: UUID, *, actor: Actor, body: JoinDesk) -> None:  # noqa: ARG001
    await institutions.join(desk_id, body.staff_id, actor=actor)


@endpoint(auth=Auth.STAFF, permission=MANAGE, errors=(errors.DeskUnknown,), summary="把账号移出对接岗，随即不能查看")
async def part(request: Request, desk_id: UUID, staff_id: UUID, *, actor: Actor) -> None:  # noqa: ARG001
    await institutions.part(desk_id, staff_id, actor=actor)


@endpoint(
    auth=Auth.STAFF,
    permission=MANAGE,
    body=IssueClient,
    returns=IssuedOut,
    status=201,
    errors=(errors.NotAPartner, errors.ContentWrong),
    idempotent=False,  # an answer that is kept could be read, and this one is a secret
    summary="为对接岗账号发放接口密钥，供银行系统对接；不对接也能在线办理",
)
async def issue_client(request: Request, *, actor: Actor, body: IssueClient) -> IssuedOut:  # noqa: ARG001
    made = await clients.issue(body.staff_id, body.name, body.webhook_url, actor=actor)
    return IssuedOut(id=made.id, key=made.key)


@endpoint(auth=Auth.STAFF, permission=MANAGE, errors=(errors.ClientUnknown,), summary="停用接口密钥，立即生效")
async def revoke_client(request: Request, client_id: UUID, *, actor: Actor) -> None:  # noqa: ARG001
    await clients.revoke(client_id, actor=actor)


@endpoint(auth=Auth.STAFF, permission=READ, returns=LprsOut, summary="LPR及其生效日期")
async def rates(request: Request, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return {"items": await lprs.listed(actor)}


@endpoint(
    auth=Auth.STAFF,
    permission=MANAGE,
    body=NoteLpr,
    status=201,
    errors=(errors.LprTaken, errors.ContentWrong),
    summary="登记新的LPR",
)
async def note_rate(request: Request, *, actor: Actor, body: NoteLpr) -> None:  # noqa: ARG001
    await lprs.note(body.tenor, body.effective_on, body.rate_percent, body.source, actor=actor)


@endpoint(
    auth=Auth.STAFF,
    permission=MANAGE,
    body=VerifyLpr,
    errors=(errors.LprUnknown, errors.LprVerified, errors.LprSamePerson, errors.ContentWrong),
    summary="对照公告核对LPR，有误的更正；登记的人不能核对自己登记的",
)
async def verify_rate(request: Request, *, actor: Actor, body: VerifyLpr) -> None:  # noqa: ARG001
    await lprs.verify(body.tenor, body.effective_on, body.rate_percent, body.source, actor=actor)


@endpoint(auth=Auth.STAFF, permission=READ, returns=ValuesOut, summary="对接的期限和参数")
async def terms(request: Request) -> dict[str, Any]:  # noqa: ARG001
    return {"items": await values.listed()}


@endpoint(
    auth=Auth.STAFF,
    permission=MANAGE,
    body=ChangeValue,
    errors=(errors.ValueUnknown, errors.ValueChanged, errors.ValueOutOfBounds),
    summary="调整参数，只影响以后",
)
async def change_term(request: Request, key: str, *, actor: Actor, body: ChangeValue, version: int) -> None:  # noqa: ARG001
    await values.change(key, body.value, actor=actor, version=version)
