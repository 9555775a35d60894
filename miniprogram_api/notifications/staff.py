"""Staff read what waits for them, and may have it on their own phone too. Everybody has his own."""

import hashlib
from typing import Any
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.foundation.errors import Unauthenticated
from backend.foundation.paging import WrongCursor
from backend.notifications import staff_inbox, staff_phones, staff_preferences
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.notifications.schemas import MovedOut, ReadOut, UnreadOut
from miniprogram_api.notifications.staff_schemas import (
    BoundPhoneOut,
    ChangeNoticePreferences,
    NoticeOut,
    NoticePreferencesOut,
    NoticesQuery,
    PhoneCodeOut,
    PickNotices,
    ReadAllNotices,
)
from miniprogram_api.reply import Reply, encode
from miniprogram_api.schema import CountedPage

_UNCHANGED = 304


def _staff(actor: Actor) -> UUID:
    if actor.id is None:
        raise Unauthenticated
    return actor.id


def _polled(request: Request, body: Any) -> Reply:
    """Answer a console that asks every few seconds: nothing but 304 while nothing has changed."""
    told = encode(body)
    tag = f'"{hashlib.sha256(told).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if tag in (known.strip().removeprefix("W/") for known in request.headers.get("if-none-match", "").split(",")):
        return Reply(None, _UNCHANGED, headers)
    return Reply(told, headers=headers)


@endpoint(
    auth=Auth.STAFF, query=NoticesQuery, returns=CountedPage[NoticeOut], errors=(WrongCursor,), summary="我的工作提醒"
)
async def notices(request: Request, *, actor: Actor, query: NoticesQuery) -> Reply:
    told = await staff_inbox.page(
        _staff(actor),
        box=query.box,
        kind=query.kind,
        unread=query.unread,
        cursor=query.cursor,
        limit=query.limit,
    )
    return _polled(request, told)


@endpoint(auth=Auth.STAFF, returns=UnreadOut, summary="未读且尚未办理的工作提醒条数；可带 If-None-Match 轮询")
async def unread_count(request: Request, *, actor: Actor) -> Reply:
    return _polled(request, UnreadOut(unread=await staff_inbox.unread(_staff(actor))))


@endpoint(auth=Auth.STAFF, body=PickNotices, returns=ReadOut, summary="标为已读")
async def mark_read(request: Request, *, actor: Actor, body: PickNotices) -> ReadOut:  # noqa: ARG001
    return ReadOut(read=await staff_inbox.mark_read(_staff(actor), body.ids))


@endpoint(auth=Auth.STAFF, body=ReadAllNotices, returns=ReadOut, summary="全部标为已读")
async def mark_all_read(request: Request, *, actor: Actor, body: ReadAllNotices) -> ReadOut:  # noqa: ARG001
    return ReadOut(read=await staff_inbox.mark_all_read(_staff(actor), up_to=body.up_to))


@endpoint(auth=Auth.STAFF, body=PickNotices, returns=MovedOut, summary="收起提醒")
async def archive(request: Request, *, actor: Actor, body: PickNotices) -> MovedOut:  # noqa: ARG001
    return MovedOut(moved=await staff_inbox.archive(_staff(actor), body.ids))


@endpoint(auth=Auth.STAFF, body=PickNotices, returns=MovedOut, summary="取回收起的提醒")
async def unarchive(request: Request, *, actor: Actor, body: PickNotices) -> MovedOut:  # noqa: ARG001
    return MovedOut(moved=await staff_inbox.unarchive(_staff(actor), body.ids))


@endpoint(auth=Auth.STAFF, returns=NoticePreferencesOut, summary="哪些工作提醒也推送到我的微信")
async def preferences(request: Request, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return {"items": await staff_preferences.mine(_staff(actor))}


@endpoint(auth=Auth.STAFF, body=ChangeNoticePreferences, returns=NoticePreferencesOut, summary="修改推送到微信的提醒")
async def change_preferences(
    request: Request,  # noqa: ARG001
    *,
    actor: Actor,
    body: ChangeNoticePreferences,
) -> dict[str, Any]:
    await staff_preferences.change(_staff(actor), {one.kind: one.is_pushed for one in body.changes})
    return {"items": await staff_preferences.mine(_staff(actor))}


@endpoint(auth=Auth.STAFF, returns=BoundPhoneOut, summary="我的微信绑定")
async def phone(request: Request, *, actor: Actor) -> BoundPhoneOut:  # noqa: ARG001
    bound_at = await staff_phones.bound_at(_staff(actor))
    return BoundPhoneOut(is_bound=bound_at is not None, bound_at=bound_at)


@endpoint(
    auth=Auth.STAFF,
    returns=PhoneCodeOut,
    status=201,
    idempotent=False,
    summary="获取绑定自己微信的一次性绑定码；再次获取后前一个作废",
)
async def offer_phone_code(request: Request, *, actor: Actor) -> Reply:  # noqa: ARG001
    offer = await staff_phones.offer(actor)
    out = PhoneCodeOut(code=offer.code, expires_at=offer.expires_at)
    return Reply(out, headers={"Cache-Control": "no-store"})


@endpoint(auth=Auth.STAFF, summary="解除我的微信绑定")
async def unbind_phone(request: Request, *, actor: Actor) -> None:  # noqa: ARG001
    await staff_phones.unbind(actor)
