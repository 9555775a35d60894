"""A bank's desk reads what names nobody, and of its own referrals what it may, and acts on them."""

from typing import Any, Final
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.financing import errors
from backend.financing.banks import desk as referred
from backend.financing.banks import institutions, listing
from backend.financing.banks.desk import Sought
from backend.financing.banks.listing import Indication
from backend.financing.consent import reading
from backend.financing.referrals import drawing, referring, second_look
from backend.financing.referrals.drawing import Drawing
from backend.financing.referrals.offers import Offer
from backend.financing.referrals.referring import Refusal
from backend.foundation.errors import Unauthenticated
from backend.foundation.paging import WrongCursor
from backend.foundation.states import WrongState
from backend.notifications import staff_inbox
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.financing.owner import client_of, handled, way_of
from miniprogram_api.financing.partner_schemas import (
    AnswerAgain,
    Draw,
    ListingOut,
    ListingsQuery,
    MakeOffer,
    NoteGivingUp,
    PartnerOut,
    ReadingOut,
    ReckonedOut,
    ReferralDetailOut,
    ReferralsOut,
    ReferralsQuery,
    Refuse,
    SignalIn,
    SignalledOut,
)
from miniprogram_api.financing.schemas import HandledOut
from miniprogram_api.notifications.schemas import ReadOut
from miniprogram_api.notifications.staff_schemas import NoticeOut, NoticesQuery, PickNotices
from miniprogram_api.reply import Reply
from miniprogram_api.schema import CountedPage

HANDLE: Final = "referrals.handle"
_COMMON: Final = (
    errors.NotAtADesk, errors.ReferralUnknown, errors.ReferralChanged, errors.ConsentRevoked, errors.ConsentExpired,
    WrongState,
)  # fmt: skip
_TERMS: Final = (errors.ContentWrong, errors.TermsWrong, errors.NoRate, errors.NoLpr)


@endpoint(
    auth=Auth.PARTNER, permission=HANDLE, returns=PartnerOut, errors=(errors.NotAtADesk,), summary="我的机构和对接岗"
)
async def me(request: Request, *, actor: Actor) -> PartnerOut:  # noqa: ARG001
    desk = await institutions.desk_of(actor)
    told = {"institution": desk.institution, "desk": desk.name, "districts": list(desk.districts)}
    return PartnerOut(name=actor.name, **told)


@endpoint(
    auth=Auth.PARTNER,
    permission=HANDLE,
    query=NoticesQuery,
    returns=CountedPage[NoticeOut],
    errors=(WrongCursor,),
    summary="我的提醒：新的对接、撤回的授权、二次对接",
)
async def notices(request: Request, *, actor: Actor, query: NoticesQuery) -> bytes:  # noqa: ARG001
    wanted: dict[str, Any] = {"box": query.box, "kind": query.kind, "unread": query.unread}
    return await staff_inbox.page(_me(actor), **wanted, cursor=query.cursor, limit=query.limit)


@endpoint(auth=Auth.PARTNER, permission=HANDLE, body=PickNotices, returns=ReadOut, summary="把提醒标为已读")
async def mark_read(request: Request, *, actor: Actor, body: PickNotices) -> ReadOut:  # noqa: ARG001
    return ReadOut(read=await staff_inbox.mark_read(_me(actor), body.ids))


def _me(actor: Actor) -> UUID:
    if actor.id is None:
        raise Unauthenticated
    return actor.id


@endpoint(
    auth=Auth.PARTNER,
    permission=HANDLE,
    query=ListingsQuery,
    returns=CountedPage[ListingOut],
    errors=(errors.NotAtADesk, WrongCursor),
    summary="匿名融资需求：没有任何能识别企业的内容",
)
async def listings(request: Request, *, actor: Actor, query: ListingsQuery) -> dict[str, Any]:  # noqa: ARG001
    sought = listing.Sought(**query.model_dump(exclude={"cursor", "limit"}))
    return await listing.page(actor, sought, cursor=query.cursor, limit=query.limit)


@endpoint(
    auth=Auth.PARTNER,
    permission=HANDLE,
    body=SignalIn,
    returns=SignalledOut,
    status=201,
    errors=(
        errors.NotAtADesk, errors.ListingUnknown, errors.SignalledBefore, errors.ContentWrong, errors.InstitutionClosed,
    ),
    summary="对匿名需求表达意向，只有数字",
)  # fmt: skip
async def signal(request: Request, listing_id: UUID, *, actor: Actor, body: SignalIn) -> SignalledOut:  # noqa: ARG001
    rates = (body.rate_min_percent, body.rate_max_percent)
    terms = Indication(body.amount_wan, body.months, *rates, body.repayment)
    return SignalledOut(id=await listing.signal(listing_id, terms, actor=actor))


@endpoint(auth=Auth.PARTNER, permission=HANDLE, errors=(errors.NotAtADesk, errors.ListingUnknown), summary="撤回意向")
async def take_back(request: Request, listing_id: UUID, *, actor: Actor) -> None:  # noqa: ARG001
    await listing.take_back(listing_id, actor=actor)


@endpoint(
    auth=Auth.PARTNER,
    permission=HANDLE,
    query=ReferralsQuery,
    returns=ReferralsOut,
    errors=(WrongCursor,),
    summary="推送到本对接岗的融资对接",
)
async def referrals(request: Request, *, actor: Actor, query: ReferralsQuery) -> dict[str, Any]:  # noqa: ARG001
    sought = Sought(tuple(query.state), query.second_look)
    return await referred.listed(actor, sought, cursor=query.cursor, limit=query.limit)


@endpoint(
    auth=Auth.PARTNER,
    permission=HANDLE,
    returns=ReferralDetailOut,
    errors=(errors.ReferralUnknown,),
    summary="一项融资对接和它的经过",
)
async def show(request: Request, referral_id: UUID, *, actor: Actor) -> Reply:  # noqa: ARG001
    told = await referred.referral(actor, referral_id)
    return Reply(told, headers={"ETag": f'"{told["version"]}"'})


@endpoint(
    auth=Auth.PARTNER,
    permission=HANDLE,
    returns=ReadingOut,
    errors=(
        errors.NotAtADesk, errors.ReferralUnknown, errors.ConsentRevoked, errors.ConsentExpired, errors.SignerGone,
        errors.NotRouted, errors.NotByInterface, errors.AssessmentLapsed,
    ),
    idempotent=False,  # an answer that is kept could be had again behind a revocation
    summary="查看企业同意提供的内容；每次查看都有记录，企业可见",
)  # fmt: skip
async def read(request: Request, referral_id: UUID, *, actor: Actor) -> dict[str, Any]:
    return await reading.read(referral_id, actor=actor, read_from=client_of(request), method=way_of(actor))


@endpoint(auth=Auth.PARTNER, permission=HANDLE, returns=HandledOut, errors=(*_COMMON, errors.NoPlace), summary="受理")
async def accept(request: Request, referral_id: UUID, *, actor: Actor, version: int) -> Reply:  # noqa: ARG001
    return handled(await referring.accept(referral_id, actor=actor, version=version))


@endpoint(auth=Auth.PARTNER, permission=HANDLE, returns=HandledOut, errors=_COMMON, summary="登记已与企业对接")
async def contact(request: Request, referral_id: UUID, *, actor: Actor, version: int) -> Reply:  # noqa: ARG001
    return handled(await referring.contact(referral_id, actor=actor, version=version))


@endpoint(auth=Auth.PARTNER, permission=HANDLE, returns=HandledOut, errors=_COMMON, summary="登记开始尽职调查")
async def investigate(request: Request, referral_id: UUID, *, actor: Actor, version: int) -> Reply:  # noqa: ARG001
    return handled(await referring.investigate(referral_id, actor=actor, version=version))


@endpoint(
    auth=Auth.PARTNER,
    permission=HANDLE,
    body=MakeOffer,
    returns=ReckonedOut,
    errors=_TERMS,
    summary="试算报价的年化成本，不保存",
)
async def reckon(request: Request, *, body: MakeOffer) -> ReckonedOut:  # noqa: ARG001
    return ReckonedOut.model_validate((await _offer(body).reckoned()).told())


def _offer(body: MakeOffer) -> Offer:
    fees = tuple(fee.model_dump() for fee in body.fees)
    return Offer(
        body.amount_wan,
        body.months,
        body.repayment,
        body.collateral,
        body.valid_until,
        body.rate_percent,
        body.lpr_tenor,
        body.bp,
        body.day_count,
        fees,
    )


@endpoint(
    auth=Auth.PARTNER,
    permission=HANDLE,
    body=MakeOffer,
    returns=HandledOut,
    errors=(*_COMMON, *_TERMS, errors.NotInHand),
    summary="授信并报价，或者改善报价",
)
async def offer(request: Request, referral_id: UUID, *, actor: Actor, body: MakeOffer, version: int) -> Reply:  # noqa: ARG001
    return handled(await referring.offer(referral_id, _offer(body), actor=actor, version=version))


@endpoint(
    auth=Auth.PARTNER,
    permission=HANDLE,
    body=Refuse,
    returns=HandledOut,
    errors=(*_COMMON, errors.RefusalIncomplete),
    summary="未通过：原因代码、理由和怎样可以改变结果",
)
async def refuse(request: Request, referral_id: UUID, *, actor: Actor, body: Refuse, version: int) -> Reply:  # noqa: ARG001
    refusal = Refusal(body.code, body.words, body.remedy)
    return handled(await referring.refuse(referral_id, refusal, actor=actor, version=version))


@endpoint(
    auth=Auth.PARTNER,
    permission=HANDLE,
    body=NoteGivingUp,
    returns=HandledOut,
    errors=(*_COMMON, errors.RefusalIncomplete, errors.NotInHand),
    summary="登记企业表示放弃；企业会收到通知，不算未通过",
)
async def give_up(request: Request, referral_id: UUID, *, actor: Actor, body: NoteGivingUp, version: int) -> Reply:  # noqa: ARG001
    return handled(await referring.give_up(referral_id, body.words, actor=actor, version=version))


@endpoint(
    auth=Auth.PARTNER,
    permission=HANDLE,
    body=Draw,
    returns=HandledOut,
    errors=(*_COMMON, errors.DrawingWrong, errors.NotAgreed),
    summary="登记放款，待企业确认；期限内没有否认的计为已放款",
)
async def draw(request: Request, referral_id: UUID, *, actor: Actor, body: Draw, version: int) -> Reply:  # noqa: ARG001
    noted = Drawing(body.drawn_on, body.drawn_wan, body.due_on)
    return handled(await drawing.note(referral_id, noted, actor=actor, version=version))


@endpoint(
    auth=Auth.PARTNER,
    permission=HANDLE,
    body=AnswerAgain,
    returns=HandledOut,
    errors=(*_COMMON, *_TERMS, errors.NoSecondLook, errors.RefusalIncomplete, errors.ApplicationOver),
    summary="答复二次对接：给出报价即改变决定，否则维持；原报价仍有效的不能变差，已过期的变差须企业确认",
)
async def answer_again(
    request: Request,  # noqa: ARG001
    referral_id: UUID,
    *,
    actor: Actor,
    body: AnswerAgain,
    version: int,
) -> Reply:
    given = second_look.Answer(body.words, _offer(body.offer) if body.offer else None)
    return handled(await second_look.answer(referral_id, given, actor=actor, version=version))
