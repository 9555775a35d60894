"""Papers to the five standards: the owner lays them beside his need, a bank opens them one by one under his consent."""

from uuid import UUID

from sanic import Request

from backend import files, identity
from backend.access import Actor
from backend.financing import errors, evidence, queries
from backend.financing.consent import reading
from backend.financing.visibility import NAME
from backend.identity.errors import NotBound, OutOfScope, ReadOnly
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.files.public import attached
from miniprogram_api.financing.evidence_schemas import AddedOut, AddEvidence
from miniprogram_api.financing.owner import client_of, way_of
from miniprogram_api.reply import Stream

_ACTING = (NotBound, ReadOnly, OutOfScope)


@endpoint(
    auth=Auth.OWNER,
    body=AddEvidence,
    returns=AddedOut,
    status=201,
    errors=(
        *_ACTING, errors.ApplicationUnknown, errors.ApplicationOver, errors.EvidenceUnknown, errors.TooMuchEvidence,
    ),
    summary="为五项标准自查添加证明材料；银行只在单独同意的授权下打开",
)  # fmt: skip
async def add(request: Request, application_id: UUID, *, actor: Actor, body: AddEvidence) -> AddedOut:  # noqa: ARG001
    acting = await identity.acting_for(actor, await queries.check_seen(actor, application_id), scope=NAME)
    return AddedOut(id=await evidence.add(application_id, body.standard, body.file_id, actor=acting))


@endpoint(
    auth=Auth.OWNER,
    errors=(*_ACTING, errors.ApplicationUnknown, errors.EvidenceUnknown),
    summary="移除证明材料，银行随即不能打开",
)
async def remove(request: Request, application_id: UUID, evidence_id: UUID, *, actor: Actor) -> None:  # noqa: ARG001
    acting = await identity.acting_for(actor, await queries.check_seen(actor, application_id), scope=NAME)
    await evidence.remove(application_id, evidence_id, actor=acting)


@endpoint(
    auth=Auth.PARTNER,
    permission="referrals.handle",
    returns=Stream,
    errors=(
        errors.NotAtADesk, errors.ReferralUnknown, errors.ConsentRevoked, errors.ConsentExpired, errors.SignerGone,
        errors.NotRouted, errors.NotByInterface, errors.AssessmentLapsed, errors.NotConsented, errors.EvidenceUnknown,
    ),
    idempotent=False,  # each look is a look of its own, and answers are not kept
    summary="打开一份证明材料；每次打开都有记录，企业可见，没有可以转发的链接",
)  # fmt: skip
async def open_paper(request: Request, referral_id: UUID, evidence_id: UUID, *, actor: Actor) -> Stream:
    told = {"read_from": client_of(request), "method": way_of(actor)}
    file = await reading.open_paper(referral_id, evidence_id, actor=actor, **told)
    return attached(file, files.read(file))
