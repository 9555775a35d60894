"""The owner reads what he was told, and says what may be sent to his phone."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend import assembly
from backend.access import Actor
from backend.foundation.errors import Unauthenticated
from backend.foundation.paging import WrongCursor
from backend.notifications import asking, errors, staff_phones
from backend.notifications import credits as ledger
from backend.notifications import inbox as entries
from backend.notifications import preferences as wishes
from backend.notifications.preferences import Wish
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.notifications.schemas import (
    AskOut,
    AsksOut,
    BindStaffPhone,
    ChangePreferences,
    EntryOut,
    InboxQuery,
    MovedOut,
    PickEntries,
    PreferencesOut,
    ReadAll,
    ReadEntries,
    ReadOut,
    ReportSubscriptions,
    StaffPhoneOut,
    SubscriptionOut,
    SubscriptionsOut,
    SwitchPushes,
    UnreadOut,
    UnreadQuery,
)
from miniprogram_api.schema import Page


def _person(actor: Actor) -> UUID:
    if actor.id is None:
        raise Unauthenticated
    return actor.id


@endpoint(auth=Auth.OWNER, query=InboxQuery, returns=Page[EntryOut], errors=(WrongCursor,), summary="我的消息")
async def inbox(request: Request, *, actor: Actor, query: InboxQuery) -> bytes:  # noqa: ARG001
    return await entries.page(
        _person(actor),
        box=query.box,
        group=query.group,
        unread=query.unread,
        cursor=query.cursor,
        limit=query.limit,
    )


@endpoint(auth=Auth.OWNER, returns=EntryOut, errors=(errors.EntryNotFound,), summary="一条消息")
async def entry(request: Request, entry_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await entries.show(_person(actor), entry_id)


@endpoint(auth=Auth.OWNER, body=ReadEntries, returns=ReadOut, summary="标为已读")
async def mark_read(request: Request, *, actor: Actor, body: ReadEntries) -> ReadOut:  # noqa: ARG001
    return ReadOut(read=await entries.mark_read(_person(actor), body.ids))


@endpoint(auth=Auth.OWNER, body=ReadAll, returns=ReadOut, summary="全部标为已读")
async def mark_all_read(request: Request, *, actor: Actor, body: ReadAll) -> ReadOut:  # noqa: ARG001
    return ReadOut(read=await entries.mark_all_read(_person(actor), group=body.group, up_to=body.up_to))


@endpoint(auth=Auth.OWNER, body=PickEntries, returns=MovedOut, summary="收起消息")
async def archive(request: Request, *, actor: Actor, body: PickEntries) -> MovedOut:  # noqa: ARG001
    return MovedOut(moved=await entries.archive(_person(actor), body.ids))


@endpoint(auth=Auth.OWNER, body=PickEntries, returns=MovedOut, summary="取回收起的消息")
async def unarchive(request: Request, *, actor: Actor, body: PickEntries) -> MovedOut:  # noqa: ARG001
    return MovedOut(moved=await entries.unarchive(_person(actor), body.ids))


@endpoint(auth=Auth.OWNER, query=UnreadQuery, returns=UnreadOut, summary="未读条数")
async def unread_count(request: Request, *, actor: Actor, query: UnreadQuery) -> UnreadOut:  # noqa: ARG001
    return UnreadOut(unread=await entries.unread(_person(actor), query.group))


@endpoint(auth=Auth.OWNER, returns=PreferencesOut, summary="我的接收设置")
async def preferences(request: Request, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await wishes.mine(_person(actor))


@endpoint(auth=Auth.OWNER, body=ChangePreferences, returns=PreferencesOut, summary="修改接收设置，立即生效")
async def change_preferences(request: Request, *, actor: Actor, body: ChangePreferences) -> dict[str, Any]:  # noqa: ARG001
    await wishes.change(_person(actor), [Wish(one.kind, one.channel, one.is_on) for one in body.changes])
    return await wishes.mine(_person(actor))


@endpoint(auth=Auth.OWNER, body=SwitchPushes, returns=PreferencesOut, summary="打开或关闭所有推送")
async def switch_pushes(request: Request, *, actor: Actor, body: SwitchPushes) -> dict[str, Any]:  # noqa: ARG001
    await wishes.switch_pushes(_person(actor), is_on=body.is_on)
    return await wishes.mine(_person(actor))


@endpoint(auth=Auth.OWNER, returns=SubscriptionsOut, summary="可订阅的消息模板和我的授权情况")
async def subscriptions(request: Request, *, actor: Actor) -> SubscriptionsOut:  # noqa: ARG001
    return SubscriptionsOut(items=[_subscription(one) for one in await ledger.permissions(_person(actor))])


@endpoint(auth=Auth.OWNER, returns=AsksOut, summary="下一次点击时请求订阅的模板：至多三个，最需要的在先")
async def asks(request: Request, *, actor: Actor) -> AsksOut:  # noqa: ARG001
    person = _person(actor)
    found = await asking.ask_next(person, await assembly.expected_messages(person))
    return AsksOut(items=[_ask(one) for one in found])


@endpoint(auth=Auth.OWNER, body=ReportSubscriptions, summary="上报用户在订阅弹窗中的选择")
async def report(request: Request, *, actor: Actor, body: ReportSubscriptions) -> None:  # noqa: ARG001
    await ledger.report(_person(actor), body.accepted, body.refused)


@endpoint(auth=Auth.OWNER, returns=StaffPhoneOut, summary="这个微信是否用来接收工作提醒（限工作人员）")
async def staff_phone(request: Request, *, actor: Actor) -> StaffPhoneOut:  # noqa: ARG001
    found = await staff_phones.of_person(_person(actor))
    return StaffPhoneOut.model_validate(found or {"name": None, "bound_at": None})


@endpoint(
    auth=Auth.OWNER,
    body=BindStaffPhone,
    returns=StaffPhoneOut,
    errors=(errors.CodeUnknown, errors.PhoneTaken),
    summary="用工作台显示的绑定码，把这个微信用来接收工作提醒（限工作人员）",
)
async def bind_staff_phone(request: Request, *, actor: Actor, body: BindStaffPhone) -> StaffPhoneOut:  # noqa: ARG001
    await staff_phones.bind(_person(actor), body.code, actor=actor)
    return StaffPhoneOut.model_validate(await staff_phones.of_person(_person(actor)))


@endpoint(auth=Auth.OWNER, summary="不再用这个微信接收工作提醒")
async def unbind_staff_phone(request: Request, *, actor: Actor) -> None:  # noqa: ARG001
    await staff_phones.unbind_person(_person(actor), actor=actor)


def _kind(*, is_long_term: bool) -> Any:
    return "long_term" if is_long_term else "one_time"


def _subscription(one: ledger.Permission) -> SubscriptionOut:
    return SubscriptionOut(
        template_id=one.template_id,
        title=one.title,
        kind=_kind(is_long_term=one.is_long_term),
        remaining=None if one.is_long_term else one.balance,
        is_allowed=one.is_standing if one.is_long_term else one.balance > 0,
    )


def _ask(one: asking.Ask) -> AskOut:
    kind = _kind(is_long_term=one.is_long_term)
    return AskOut(template_id=one.template_id, title=one.title, kind=kind, expected=one.expected, short=one.short)
