"""The policy library: staff write, submit, release and withdraw, and see whom a policy would fit."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.eligibility import RuleInvalid
from backend.foundation.states import WrongState
from backend.policies import errors, queries, service
from backend.policies.editing.content import NumberedPolicy, PolicyContent
from backend.policies.editing.versions import Handled
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.policies.publishing_schemas import PublishPolicy
from miniprogram_api.policies.schemas import (
    HandledOut,
    LibraryItemOut,
    LibraryPolicyOut,
    LibraryQuery,
    WithdrawPolicy,
)
from miniprogram_api.reply import Reply
from miniprogram_api.schema import CountedPage

_READ = "policies.read"
_WRITE = "policies.write"


def _tagged(body: Any, version: int) -> Reply:
    return Reply(body, headers={"ETag": f'"{version}"'})


def done(handled: Handled) -> Reply:
    """Answer a command: how the policy stands, and what the next If-Match names."""
    return _tagged(HandledOut.model_validate(handled), handled.version)


@endpoint(auth=Auth.STAFF, permission=_READ, query=LibraryQuery, returns=CountedPage[LibraryItemOut], summary="政策库")
async def listing(request: Request, *, actor: Actor, query: LibraryQuery) -> bytes:  # noqa: ARG001
    filters = query.model_dump(include={"state", "category", "action", "level"})
    return await queries.staff_page(actor, words=query.q, cursor=query.cursor, limit=query.limit, **filters)


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    returns=LibraryPolicyOut,
    errors=(errors.PolicyUnknown,),
    summary="一项政策的全部版本",
)
async def detail(request: Request, policy_id: UUID, *, actor: Actor) -> Reply:  # noqa: ARG001
    return _tagged(*await queries.staff_detail(actor, policy_id))


@endpoint(
    auth=Auth.STAFF,
    permission=_WRITE,
    body=NumberedPolicy,
    returns=HandledOut,
    status=201,
    errors=(errors.NumberTaken, errors.ExcludesItself, RuleInvalid),
    summary="起草政策",
)
async def draft(request: Request, *, actor: Actor, body: NumberedPolicy) -> Reply:  # noqa: ARG001
    return done(await service.draft(body, actor=actor, number=body.number))


@endpoint(
    auth=Auth.STAFF,
    permission=_WRITE,
    body=PolicyContent,
    returns=HandledOut,
    errors=(errors.PolicyUnknown, errors.PolicyChanged, errors.ExcludesItself, RuleInvalid),
    summary="修改草稿；已发布的政策由此形成下一版草稿",
)
async def edit(request: Request, policy_id: UUID, *, actor: Actor, body: PolicyContent, version: int) -> Reply:  # noqa: ARG001
    return done(await service.edit(policy_id, body, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_WRITE,
    returns=HandledOut,
    errors=(errors.PolicyUnknown, errors.PolicyChanged, errors.NothingOpen, errors.NotReady, WrongState, RuleInvalid),
    summary="提交审核；If-Match 为提交时所看的版本",
)
async def submit(request: Request, policy_id: UUID, *, actor: Actor, version: int) -> Reply:  # noqa: ARG001
    return done(await service.submit(policy_id, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission="policies.review",
    body=PublishPolicy,
    returns=HandledOut,
    errors=(
        errors.PolicyUnknown,
        errors.PolicyChanged,
        errors.NothingOpen,
        errors.SameAuthor,
        errors.PolicyPast,
        errors.ReferenceOnly,
        errors.NothingToCorrect,
        errors.ReleaseTime,
        RuleInvalid,
        WrongState,
    ),
    summary="审核并发布，立即或定时；If-Match 为审核时所看的版本",
)
async def publish(request: Request, policy_id: UUID, *, actor: Actor, body: PublishPolicy, version: int) -> Reply:  # noqa: ARG001
    return done(await service.publish(policy_id, actor=actor, version=version, at=body.at))


@endpoint(
    auth=Auth.STAFF,
    permission="policies.withdraw",
    body=WithdrawPolicy,
    returns=HandledOut,
    errors=(errors.PolicyUnknown, errors.PolicyChanged, errors.NotPublished),
    summary="撤回已发布的政策，并告知此前收到过的人；If-Match 为撤回时所看的版本",
)
async def withdraw(request: Request, policy_id: UUID, *, actor: Actor, body: WithdrawPolicy, version: int) -> Reply:  # noqa: ARG001
    return done(await service.withdraw(policy_id, body.reason, actor=actor, version=version))
