"""Campaigns over HTTP: staff plan, freeze and release a round; owners pick a time or need nobody."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.eligibility import RuleInvalid
from backend.foundation.paging import WrongCursor
from backend.foundation.states import WrongState
from backend.identity.errors import OutOfScope, ReadOnly
from backend.visits import errors as visits
from backend.visits.availability.finding import Offer
from backend.visits.campaigns import answering, drafting, errors, freezing, queries, releasing
from backend.visits.campaigns.answering import SUGGESTED, Proposal
from backend.visits.campaigns.drafting import Content
from backend.visits.campaigns.rows import Campaign
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import Reply
from miniprogram_api.schema import CountedPage
from miniprogram_api.visits.campaign_schemas import (
    CampaignAudienceOut,
    CampaignCardOut,
    CampaignOut,
    CampaignsQuery,
    CancelCampaign,
    DeclineProposal,
    PickTime,
    ProgressOut,
    ProposalsOut,
    ProposalTimesOut,
    ReleaseCampaign,
    TargetOut,
    TargetsQuery,
    WriteCampaign,
)
from miniprogram_api.visits.owner import done
from miniprogram_api.visits.schemas import MovedOut

_READ = "visits.read"
_RUN = "visits.campaign"
_WRITING = (
    errors.CampaignWrong, errors.OutOfReach, RuleInvalid, visits.ReasonUnknown, visits.PlaceNotOffered,
)  # fmt: skip
_COMMON = (errors.CampaignUnknown, errors.CampaignChanged, WrongState)


def _content(body: WriteCampaign) -> Content:
    return Content(**{**dict(body), "districts": tuple(body.districts)})


async def _shown(one: Campaign, actor: Actor) -> Reply:
    found = await queries.detail(actor, one.id)
    return Reply(found, headers={"ETag": f'"{found["version"]}"'})


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    query=CampaignsQuery,
    returns=CountedPage[CampaignCardOut],
    errors=(WrongCursor,),
    summary="批量走访，新的在前",
)
async def listed(request: Request, *, actor: Actor, query: CampaignsQuery) -> dict[str, Any]:  # noqa: ARG001
    return await queries.page(actor, query.state, cursor=query.cursor, limit=query.limit)


@endpoint(
    auth=Auth.STAFF,
    permission=_RUN,
    body=WriteCampaign,
    returns=CampaignOut,
    status=201,
    errors=_WRITING,
    summary="起草批量走访：对象、事由、人员和周数",
)
async def draft(request: Request, *, actor: Actor, body: WriteCampaign) -> Reply:  # noqa: ARG001
    return await _shown(await drafting.draft(_content(body), actor=actor), actor)


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    returns=CampaignOut,
    errors=(errors.CampaignUnknown,),
    summary="一项批量走访，含现在可以办理的操作",
)
async def show(request: Request, campaign_id: UUID, *, actor: Actor) -> Reply:  # noqa: ARG001
    found = await queries.detail(actor, campaign_id)
    return Reply(found, headers={"ETag": f'"{found["version"]}"'})


@endpoint(
    auth=Auth.STAFF,
    permission=_RUN,
    body=WriteCampaign,
    returns=CampaignOut,
    errors=(*_WRITING, *_COMMON),
    summary="修改批量走访；已冻结的名单作废，须重新冻结",
)
async def edit(request: Request, campaign_id: UUID, *, actor: Actor, body: WriteCampaign, version: int) -> Reply:  # noqa: ARG001
    return await _shown(await drafting.edit(campaign_id, _content(body), actor=actor, version=version), actor)


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    returns=CampaignAudienceOut,
    errors=(errors.CampaignUnknown, errors.PreviewTooSlow, RuleInvalid),
    summary="按今天的信息，条件涉及多少企业；未扣除不列入的",
)
async def audience(request: Request, campaign_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await queries.preview(actor, campaign_id)


@endpoint(
    auth=Auth.STAFF,
    permission=_RUN,
    returns=CampaignOut,
    errors=(*_COMMON, errors.NobodyToVisit, errors.TooLate, errors.PreviewTooSlow, RuleInvalid),
    summary="冻结名单并分到人员和周次；未列入的企业注明原因",
)
async def freeze(request: Request, campaign_id: UUID, *, actor: Actor, version: int) -> Reply:  # noqa: ARG001
    return await _shown(await freezing.freeze(campaign_id, actor=actor, version=version), actor)


@endpoint(
    auth=Auth.STAFF,
    permission=_RUN,
    body=ReleaseCampaign,
    returns=CampaignOut,
    errors=(*_COMMON, errors.ListChanged, errors.SamePerson, errors.TooLate),
    summary="核对校验值后放行；企业较多的须另一人放行",
)
async def release(request: Request, campaign_id: UUID, *, actor: Actor, body: ReleaseCampaign, version: int) -> Reply:  # noqa: ARG001
    return await _shown(await releasing.release(campaign_id, body.digest, actor=actor, version=version), actor)


@endpoint(
    auth=Auth.STAFF, permission=_RUN, returns=CampaignOut, errors=_COMMON, summary="暂停发出提议；已发出的仍可答复"
)
async def pause(request: Request, campaign_id: UUID, *, actor: Actor, version: int) -> Reply:  # noqa: ARG001
    return await _shown(await releasing.pause(campaign_id, actor=actor, version=version), actor)


@endpoint(auth=Auth.STAFF, permission=_RUN, returns=CampaignOut, errors=_COMMON, summary="恢复发出提议")
async def resume(request: Request, campaign_id: UUID, *, actor: Actor, version: int) -> Reply:  # noqa: ARG001
    return await _shown(await releasing.resume(campaign_id, actor=actor, version=version), actor)


@endpoint(
    auth=Auth.STAFF,
    permission=_RUN,
    body=CancelCampaign,
    returns=CampaignOut,
    errors=_COMMON,
    summary="取消批量走访，告知已收到提议的企业；已选定的走访不受影响",
)
async def cancel(request: Request, campaign_id: UUID, *, actor: Actor, body: CancelCampaign, version: int) -> Reply:  # noqa: ARG001
    return await _shown(await releasing.cancel(campaign_id, body.reason, actor=actor, version=version), actor)


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    query=TargetsQuery,
    returns=CountedPage[TargetOut],
    errors=(errors.CampaignUnknown, WrongCursor),
    summary="冻结的名单：由谁、哪一周、答复如何；未列入的注明原因",
)
async def targets(request: Request, campaign_id: UUID, *, actor: Actor, query: TargetsQuery) -> dict[str, Any]:  # noqa: ARG001
    return await queries.targets(actor, campaign_id, **dict(query))


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    returns=ProgressOut,
    errors=(errors.CampaignUnknown,),
    summary="进度和覆盖：按周、人员、单位",
)
async def progress(request: Request, campaign_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await queries.progress(actor, campaign_id)


@endpoint(auth=Auth.OWNER, returns=ProposalsOut, summary="向我的企业提出的走访，待答复的在前")
async def mine(request: Request, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return {"items": await answering.mine(actor)}


@endpoint(
    auth=Auth.OWNER,
    returns=ProposalTimesOut,
    errors=(errors.ProposalUnknown, OutOfScope),
    summary="一项走访提议可选的时间",
)
async def times(request: Request, proposal_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    proposal = await answering.seen(proposal_id, actor)
    found = await answering.times(proposal)
    told = [{"starts_at": slot.starts_at, "visitors": len(slot.staff)} for slot in found.slots]
    suggested = told[:: max(1, len(told) // SUGGESTED)][:SUGGESTED]
    return {
        "id": proposal_id,
        "is_open": proposal.is_open,
        "suggested": suggested,
        "times": told,
        "why_none": found.why_none if proposal.is_open else [],
    }


async def _find(proposal_id: UUID, *, actor: Actor, body: PickTime) -> tuple[Proposal, Offer]:
    """Ask before the transaction who could come then."""
    proposal = await answering.seen(proposal_id, actor, changes=True)
    return proposal, await answering.offer(proposal, body.starts_at)


@endpoint(
    auth=Auth.OWNER,
    body=PickTime,
    returns=MovedOut,
    first=_find,
    errors=(
        errors.ProposalUnknown, errors.ProposalOver, ReadOnly, OutOfScope, visits.EnterpriseClosed, visits.NoSuchSlot,
        visits.SlotTaken, visits.EnterpriseBusy,
    ),
    summary="选定时间，即约定走访",
)  # fmt: skip
async def pick(
    request: Request,  # noqa: ARG001
    proposal_id: UUID,  # noqa: ARG001
    *,
    actor: Actor,  # noqa: ARG001
    body: PickTime,
    ready: tuple[Proposal, Offer],
) -> Reply:
    proposal, offer = ready
    return done(await answering.pick(proposal, offer, body.note))


@endpoint(
    auth=Auth.OWNER,
    body=DeclineProposal,
    errors=(errors.ProposalUnknown, errors.ProposalOver, ReadOnly, OutOfScope),
    summary="不需要走访，可不说理由",
)
async def decline(request: Request, proposal_id: UUID, *, actor: Actor, body: DeclineProposal) -> None:  # noqa: ARG001
    await answering.decline(await answering.seen(proposal_id, actor, changes=True), body.reason)
