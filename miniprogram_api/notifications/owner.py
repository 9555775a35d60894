"""The owner reads what he was told, and says what may be sent to his phone."""

from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.foundation.errors import Unauthenticated
from backend.foundation.paging import WrongCursor
from backend.notifications import credits as ledger
from backend.notifications import inbox as entries
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.notifications.schemas import (
    EntryOut,
    ReadEntries,
    ReadOut,
    ReportSubscriptions,
    SubscriptionOut,
    SubscriptionsOut,
    UnreadOut,
)
from miniprogram_api.schema import Page, PageQuery


def _person(actor: Actor) -> UUID:
    if actor.id is None:
        raise Unauthenticated
    return actor.id


def _subscription(one: ledger.Permission) -> SubscriptionOut:
    return SubscriptionOut(
        template_id=one.template_id,
        title=one.title,
        kind="long_term" if one.is_long_term else "one_time",
        remaining=None if one.is_long_term else one.balance,
        is_allowed=one.is_standing if one.is_long_term else one.balance > 0,
    )


@endpoint(auth=Auth.OWNER, query=PageQuery, returns=Page[EntryOut], errors=(WrongCursor,), summary="我的消息")
async def inbox(request: Request, *, actor: Actor, query: PageQuery) -> str:  # noqa: ARG001
    return await entries.page(_person(actor), cursor=query.cursor, limit=query.limit)


@endpoint(auth=Auth.OWNER, body=ReadEntries, returns=ReadOut, summary="标为已读")
async def mark_read(request: Request, *, actor: Actor, body: ReadEntries) -> ReadOut:  # noqa: ARG001
    return ReadOut(read=await entries.mark_read(_person(actor), body.ids))


@endpoint(auth=Auth.OWNER, returns=UnreadOut, summary="未读条数")
async def unread_count(request: Request, *, actor: Actor) -> UnreadOut:  # noqa: ARG001
    return UnreadOut(unread=await entries.unread(_person(actor)))


@endpoint(auth=Auth.OWNER, returns=SubscriptionsOut, summary="可订阅的消息模板和我的授权情况")
async def subscriptions(request: Request, *, actor: Actor) -> SubscriptionsOut:  # noqa: ARG001
    return SubscriptionsOut(items=[_subscription(one) for one in await ledger.permissions(_person(actor))])


@endpoint(auth=Auth.OWNER, body=ReportSubscriptions, summary="上报用户在订阅弹窗中的选择")
async def report(request: Request, *, actor: Actor, body: ReportSubscriptions) -> None:  # noqa: ARG001
    await ledger.report(_person(actor), body.accepted, body.refused)
