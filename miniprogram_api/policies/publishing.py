"""Around a release: taking it out of the schedule, the files of an edition, and links that no longer answer."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend import files
from backend.access import Actor
from backend.files.errors import Damaged, TooBig, WrongKind
from backend.files.purposes import MEGABYTE
from backend.foundation.states import WrongState
from backend.policies import errors
from backend.policies.editing import attachments, links, scheduling
from backend.policies.editing.attachments import Attachment
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.policies.publishing_schemas import (
    AttachFiles,
    AttachmentsOut,
    DeadLinkOut,
    UploadedOut,
)
from miniprogram_api.policies.schemas import HandledOut
from miniprogram_api.policies.staff import done
from miniprogram_api.reply import Reply
from miniprogram_api.schema import Page, PageQuery
from miniprogram_api.uploads import Upload

_READ = "policies.read"
_WRITE = "policies.write"
_LARGEST = 20 * MEGABYTE


@endpoint(
    auth=Auth.STAFF,
    permission="policies.unschedule",
    returns=HandledOut,
    errors=(errors.PolicyUnknown, errors.PolicyChanged, errors.NothingOpen, WrongState),
    summary="取消定时发布，退回待审核；起草和审核人员均可办理",
)
async def unschedule(request: Request, policy_id: UUID, *, actor: Actor, version: int) -> Reply:  # noqa: ARG001
    return done(await scheduling.unschedule(policy_id, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    returns=AttachmentsOut,
    errors=(errors.PolicyUnknown,),
    summary="各版本的附件",
)
async def attached(request: Request, policy_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return {"items": await attachments.of_policy(actor, policy_id)}


async def _receive(policy_id: UUID, *, actor: Actor, file: Upload) -> files.Kept:
    """Keep the file before the transaction: the store may be across the network."""
    return await attachments.receive(policy_id, file.body, actor=actor)


@endpoint(
    auth=Auth.STAFF,
    permission=_WRITE,
    upload=True,
    first=_receive,
    upload_bytes=_LARGEST,
    returns=UploadedOut,
    status=201,
    errors=(errors.PolicyUnknown, TooBig, WrongKind, Damaged),
    summary="上传附件，表单字段 file；之后用返回的编号添加到草稿，一天内未添加的自动清除",
)
async def upload(request: Request, policy_id: UUID, *, actor: Actor, file: Upload, ready: files.Kept) -> UploadedOut:  # noqa: ARG001
    kept = await files.enter(actor, file.name, ready)
    return UploadedOut(
        file_id=kept.id, name=kept.name, mime=kept.media_type, size=kept.size, url=files.address(kept.id)
    )


@endpoint(
    auth=Auth.STAFF,
    permission=_WRITE,
    body=AttachFiles,
    returns=HandledOut,
    errors=(errors.PolicyUnknown, errors.PolicyChanged, errors.NothingOpen, errors.AttachmentUnknown),
    summary="设定草稿的全部附件及其顺序；已提交审核的退回草稿",
)
async def attach(request: Request, policy_id: UUID, *, actor: Actor, body: AttachFiles, version: int) -> Reply:  # noqa: ARG001
    wanted = [Attachment(one.file_id, one.title) for one in body.attachments]
    return done(await attachments.attach(policy_id, wanted, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF, permission=_READ, query=PageQuery, returns=Page[DeadLinkOut], summary="失效链接及引用它们的政策"
)
async def dead_links(request: Request, *, actor: Actor, query: PageQuery) -> dict[str, Any]:  # noqa: ARG001
    items, following = await links.dead(actor, cursor=query.cursor, limit=query.limit)
    return {"items": items, "next": following}
