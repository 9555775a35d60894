"""An owner says what he needs, compares, signs bank by bank, sees who read what, and takes it back."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend import consents, identity
from backend.access import Actor
from backend.consents import TextChanged
from backend.financing import applying, errors, outcomes, queries, values
from backend.financing.applying import Asked, Standard
from backend.financing.codes import COLLATERAL, PURPOSES, STANDARDS
from backend.financing.consent import consenting, proof
from backend.financing.consent.consenting import SEPARATE_TEXT, TEXT, Signing
from backend.financing.consent.kinds import DESK, INTERFACE, KINDS, METHODS, title
from backend.financing.costs.terms import REPAYMENTS
from backend.financing.models import Application, Referral
from backend.financing.referrals import agreeing, drawing, offers, renewing, second_look
from backend.financing.states import APPLICATION_WORDS
from backend.financing.visibility import NAME
from backend.foundation.paging import WrongCursor
from backend.foundation.states import WrongState
from backend.identity.errors import NotBound, NotManaging, OutOfScope, ReadOnly
from miniprogram_api.addresses import address_of
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.financing.consent_schemas import ChoicesOut, ProofOut, ReadOut
from miniprogram_api.financing.referral_schemas import OffersOut
from miniprogram_api.financing.schemas import (
    ApplicationOut,
    AskAgain,
    AskFinancing,
    CardOut,
    ContestDrawing,
    GiveReason,
    HandledOut,
    NeedIn,
    OrderOut,
    SignConsent,
)
from miniprogram_api.reply import Reply
from miniprogram_api.schema import Page, PageQuery
from miniprogram_api.staff import sessions

_ACTING = (NotBound, ReadOnly, OutOfScope)
_COMMON = (errors.ApplicationUnknown, errors.ApplicationChanged, WrongState)


def handled(one: Application | Referral) -> Reply:
    """Tell where an application or a referral stands after a command."""
    word = APPLICATION_WORDS[one.state] if isinstance(one, Application) else outcomes.word(one.state, one.end_reason)
    told = HandledOut(id=one.id, number=one.number, state=one.state, state_word=word, version=one.version)
    return Reply(told, headers={"ETag": f'"{one.version}"'})


def client_of(request: Request) -> str:
    """Return from where somebody signs or reads: address and what his program calls itself."""
    return f"{address_of(request)} {sessions.browser(request)}"[:300]


def way_of(actor: Actor) -> str:
    """Tell whether somebody signed in or a program asks; a program has no session, it signs each request."""
    return DESK if actor.session_id is not None else INTERFACE


def _asked(body: NeedIn) -> Asked:
    told = {key: getattr(body.standards, key) for key in STANDARDS}
    standards = {key: Standard(one.is_met, one.evidence) for key, one in told.items() if one is not None}
    terms = (body.amount_wan, body.months, body.purpose, tuple(body.collateral), body.repayment, body.is_listed)
    return Asked(*terms, standards)


@endpoint(auth=Auth.OWNER, returns=ChoicesOut, summary="填写融资需求和授权时的可选项")
async def choices(request: Request, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    kinds = [
        {
            "key": one.key,
            "title": one.title,
            "fields": [title(field) for field in one.fields],
            "why": one.why,
            "is_separate": one.is_separate,
            "is_needed": one.is_needed,
        }
        for one in KINDS.values()
    ]
    return {
        "purposes": PURPOSES,
        "collateral": COLLATERAL,
        "repayments": {key.value: word for key, word in REPAYMENTS.items()},
        "standards": STANDARDS,
        "kinds": kinds,
        "methods": METHODS,
        "text_version": consents.text(TEXT).version,
        "separate_version": consents.text(SEPARATE_TEXT).version,
        "consent_days": await values.of("consent_days"),
    }


@endpoint(
    auth=Auth.OWNER, query=PageQuery, returns=Page[CardOut], errors=(WrongCursor,), summary="我和我的企业的融资需求"
)
async def mine(request: Request, *, actor: Actor, query: PageQuery) -> dict[str, Any]:  # noqa: ARG001
    return await queries.mine(actor, cursor=query.cursor, limit=query.limit)


@endpoint(
    auth=Auth.OWNER,
    body=AskFinancing,
    returns=HandledOut,
    status=201,
    errors=(*_ACTING, errors.ContentWrong, errors.TooManyOpen, errors.EnterpriseNotActive),
    summary="填写融资需求；提交前银行看不到",
)
async def draft(request: Request, *, actor: Actor, body: AskFinancing) -> Reply:  # noqa: ARG001
    acting = await identity.acting_for(actor, body.enterprise_id, scope=NAME)
    return handled(await applying.draft(_asked(body), actor=acting))


@endpoint(
    auth=Auth.OWNER, returns=ApplicationOut, errors=(errors.ApplicationUnknown,), summary="一项融资需求和它的经过"
)
async def show(request: Request, application_id: UUID, *, actor: Actor) -> Reply:  # noqa: ARG001
    told = await queries.detail(actor, application_id)
    return Reply(told, headers={"ETag": f'"{told["version"]}"'})


@endpoint(
    auth=Auth.OWNER,
    body=NeedIn,
    returns=HandledOut,
    errors=(*_COMMON, *_ACTING, errors.ContentWrong, errors.ApplicationOver),
    summary="修改草稿",
)
async def edit(request: Request, application_id: UUID, *, actor: Actor, body: NeedIn, version: int) -> Reply:  # noqa: ARG001
    acting = await _acting(actor, application_id)
    return handled(await applying.edit(application_id, _asked(body), actor=acting, version=version))


@endpoint(
    auth=Auth.OWNER,
    returns=HandledOut,
    errors=(*_COMMON, *_ACTING, errors.StandardsOpen, errors.EnterpriseNotActive),
    summary="提交：匹配产品，按抽签排序；银行只看得到不能识别企业的概要",
)
async def submit(request: Request, application_id: UUID, *, actor: Actor, version: int) -> Reply:  # noqa: ARG001
    acting = await _acting(actor, application_id)
    return handled(await applying.submit(application_id, actor=acting, version=version))


@endpoint(
    auth=Auth.OWNER,
    body=GiveReason,
    returns=HandledOut,
    errors=(*_COMMON, *_ACTING, errors.DrawingPending),
    summary="撤回融资需求，全部授权随即失效",
)
async def withdraw(request: Request, application_id: UUID, *, actor: Actor, body: GiveReason) -> Reply:  # noqa: ARG001
    acting = await _acting(actor, application_id)
    return handled(await applying.withdraw(application_id, body.reason, actor=acting))


@endpoint(
    auth=Auth.OWNER, returns=OrderOut, errors=(errors.ApplicationUnknown,), summary="产品顺序的种子和签，可自行验算"
)
async def order(request: Request, application_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await queries.order(actor, application_id)


@endpoint(
    auth=Auth.OWNER,
    returns=OffersOut,
    errors=(errors.ApplicationUnknown,),
    summary="各家报价并列，同一算法的年化成本",
)
async def compare(request: Request, application_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    await queries.check_seen(actor, application_id)
    return await offers.compared(application_id, actor=actor)


@endpoint(
    auth=Auth.OWNER,
    query=PageQuery,
    returns=Page[ReadOut],
    errors=(errors.ApplicationUnknown, WrongCursor),
    summary="哪家银行的谁在什么时间看了哪几项",
)
async def reads(request: Request, application_id: UUID, *, actor: Actor, query: PageQuery) -> dict[str, Any]:  # noqa: ARG001
    return await queries.reads(actor, application_id, cursor=query.cursor, limit=query.limit)


@endpoint(
    auth=Auth.OWNER,
    body=SignConsent,
    returns=HandledOut,
    status=201,
    errors=(
        errors.ApplicationUnknown, *_ACTING, NotManaging, TextChanged, errors.ContentWrong, errors.ApplicationOver,
        errors.EnterpriseNotActive, errors.NotMatched, errors.ProductOver, errors.InstitutionClosed,
        errors.NotAssessed, errors.ConsentTaken, errors.NoDesk,
    ),
    summary="授权一家银行查看勾选的内容",
)  # fmt: skip
async def sign(request: Request, application_id: UUID, *, actor: Actor, body: SignConsent) -> Reply:
    acting = await _acting(actor, application_id)
    texts = (body.text_version, body.separate_version)
    signing = Signing(body.version_id, tuple(body.kinds), *texts, body.expires_on, client_of(request), body.method)
    return handled(await consenting.sign(application_id, signing, actor=acting))


@endpoint(auth=Auth.OWNER, body=GiveReason, errors=(errors.ConsentUnknown,), summary="撤回对一家银行的授权，立即生效")
async def revoke(request: Request, consent_id: UUID, *, actor: Actor, body: GiveReason) -> None:  # noqa: ARG001
    await consenting.revoke(consent_id, body.reason, actor=actor)


@endpoint(
    auth=Auth.OWNER,
    body=AskAgain,
    returns=HandledOut,
    errors=(
        *_ACTING, errors.ReferralUnknown, errors.NotRefused, errors.SecondLookTaken, errors.ApplicationOver,
        errors.NoPlace, errors.ConsentRevoked, errors.ConsentExpired,
    ),
    summary="对未通过的对接要求二次对接，由工作人员协调",
)  # fmt: skip
async def ask_again(request: Request, referral_id: UUID, *, actor: Actor, body: AskAgain) -> Reply:  # noqa: ARG001
    acting = await identity.acting_for(actor, await queries.enterprise_of(actor, referral_id), scope=NAME)
    return handled(await second_look.ask(referral_id, body.words, actor=acting))


@endpoint(
    auth=Auth.OWNER,
    returns=HandledOut,
    errors=(*_ACTING, errors.ReferralUnknown, errors.ReferralChanged, errors.NothingToAgree),
    summary="确认知晓新报价比原报价差在哪里；确认之前银行不能登记放款",
)
async def agree(request: Request, referral_id: UUID, *, actor: Actor, version: int) -> Reply:  # noqa: ARG001
    acting = await identity.acting_for(actor, await queries.enterprise_of(actor, referral_id), scope=NAME)
    return handled(await agreeing.agree(referral_id, actor=acting, version=version))


@endpoint(
    auth=Auth.OWNER,
    returns=HandledOut,
    errors=(*_ACTING, errors.ReferralUnknown, errors.ReferralChanged, errors.NoDrawing),
    summary="确认银行登记的放款；其他银行的授权随即失效",
)
async def confirm_drawing(request: Request, referral_id: UUID, *, actor: Actor, version: int) -> Reply:  # noqa: ARG001
    acting = await identity.acting_for(actor, await queries.enterprise_of(actor, referral_id), scope=NAME)
    return handled(await drawing.confirm(referral_id, actor=acting, version=version))


@endpoint(
    auth=Auth.OWNER,
    body=ContestDrawing,
    returns=HandledOut,
    errors=(*_ACTING, errors.ReferralUnknown, errors.ReferralChanged, errors.NoDrawing),
    summary="否认银行登记的放款；报价恢复有效，银行和主管部门随即得知",
)
async def contest_drawing(
    request: Request,  # noqa: ARG001
    referral_id: UUID,
    *,
    actor: Actor,
    body: ContestDrawing,
    version: int,
) -> Reply:
    acting = await identity.acting_for(actor, await queries.enterprise_of(actor, referral_id), scope=NAME)
    return handled(await drawing.contest(referral_id, body.words, actor=acting, version=version))


@endpoint(
    auth=Auth.OWNER,
    returns=HandledOut,
    status=201,
    errors=(*_ACTING, errors.ReferralUnknown, errors.NotDrawn, errors.TooManyOpen),
    summary="续贷：用已有的信息生成草稿，不用重新填表",
)
async def renew(request: Request, referral_id: UUID, *, actor: Actor) -> Reply:  # noqa: ARG001
    acting = await identity.acting_for(actor, await queries.enterprise_of(actor, referral_id), scope=NAME)
    return handled(await renewing.begin(referral_id, actor=acting))


@endpoint(
    auth=Auth.OWNER, returns=ProofOut, errors=(errors.ConsentUnknown,), summary="一份授权及其查看、撤回记录的签名证明"
)
async def prove(request: Request, consent_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await proof.export(consent_id, actor=actor)


async def _acting(actor: Actor, application_id: UUID) -> Actor:
    """Act for the enterprise whose application it is; raises ApplicationUnknown for one that he does not see."""
    return await identity.acting_for(actor, await queries.check_seen(actor, application_id), scope=NAME)
