"""Coming in at the banks' door with a second factor, and what a console needs there: account, words, own figures."""

import hashlib
from contextlib import suppress
from typing import Any, Final

import orjson
from sanic import Request

from backend import staff
from backend.access import Actor, ActorKind
from backend.enterprises.industry import SECTIONS
from backend.financing import errors
from backend.financing.banks import institutions, own_figures
from backend.financing.catalogue import shelf
from backend.foundation.paging import WrongCursor
from backend.overview import words
from backend.staff import errors as staff_errors
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.financing.owner import client_of
from miniprogram_api.financing.partner_schemas import (
    FiguresQuery,
    OwnFiguresOut,
    PartnerAccountOut,
    PartnerSessionOut,
    WaitingOut,
)
from miniprogram_api.financing.staff_schemas import ShelfOut
from miniprogram_api.overview.schemas import WordsOut
from miniprogram_api.reply import Reply
from miniprogram_api.schema import CountedPage, PageQuery
from miniprogram_api.staff import sessions
from miniprogram_api.staff.schemas import ChangePassword, SessionEndsOut, StaffSignIn

HANDLE: Final = "referrals.handle"
_GROUPS: Final = ("district", "size")
_NOT_MODIFIED: Final = 304


def _told() -> bytes:
    """What stands in a bank's pages, and nothing of how the bureau works."""
    every = words.words()
    told = {name: group for name, group in every.items() if name.startswith("financing_") or name in _GROUPS}
    return orjson.dumps({"words": {**told, "industry_section": SECTIONS}}, option=orjson.OPT_NON_STR_KEYS, default=dict)


_WORDS: Final = _told()
_TAG: Final = f'"{hashlib.sha256(_WORDS).hexdigest()[:32]}"'
_HEADERS: Final = {"ETag": _TAG, "Cache-Control": "private, max-age=3600"}


@endpoint(
    auth=Auth.PUBLIC,
    body=StaffSignIn,
    returns=PartnerSessionOut,
    status=201,
    errors=(staff_errors.SignInFailed, staff_errors.AtTheBureau),
    summary="合作机构登录：密码和动态码一次提交",
)
async def sign_in(request: Request, *, body: StaffSignIn) -> Reply:
    given = (body.login, body.password, body.code)
    opened = await staff.sign_in(*given, client=client_of(request), kind=ActorKind.PARTNER)
    out = PartnerSessionOut(csrf_token=opened.csrf, ends_at=opened.ends_at)
    return sessions.BANK.opened(out, opened.token)


@endpoint(auth=Auth.PARTNER, summary="退出登录")
async def sign_out(request: Request, *, actor: Actor) -> Reply:  # noqa: ARG001
    return await sessions.BANK.sign_out(actor)


@endpoint(
    auth=Auth.PARTNER,
    body=ChangePassword,
    errors=(staff_errors.SignInFailed, staff_errors.WeakPassword),
    idempotent=False,
    summary="修改密码；其他设备上的登录随即失效",
)
async def change_password(request: Request, *, actor: Actor, body: ChangePassword) -> None:  # noqa: ARG001
    await staff.change_password(actor, body.current_password, body.new_password)


@endpoint(auth=Auth.PARTNER, returns=PartnerAccountOut, summary="我的账号；还须修改初始密码时也能查看")
async def account(request: Request, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001  every handler is given its request
    place: dict[str, Any] = {"institution": None, "desk": None, "desk_districts": []}
    with suppress(errors.NotAtADesk):
        desk = await institutions.desk_of(actor)
        place = {"institution": desk.institution, "desk": desk.name, "desk_districts": list(desk.districts)}
    return {**(await staff.me(actor)), **place}


@endpoint(
    auth=Auth.PARTNER,
    returns=SessionEndsOut,
    errors=(staff_errors.SessionEnded,),
    summary="本次登录何时结束；请求头带 X-Unattended 的请求不算操作，不延长登录",
)
async def session_ends(request: Request, *, actor: Actor) -> SessionEndsOut:  # noqa: ARG001
    return await sessions.ends(actor)


@endpoint(auth=Auth.PARTNER, returns=WordsOut, summary="各种代码的中文；可带 If-None-Match")
async def dictionary(request: Request) -> Reply:
    known = (one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(","))
    return Reply(None, _NOT_MODIFIED, _HEADERS) if _TAG in known else Reply(_WORDS, headers=_HEADERS)


@endpoint(
    auth=Auth.PARTNER,
    permission=HANDLE,
    query=PageQuery,
    returns=CountedPage[ShelfOut],
    errors=(errors.NotAtADesk, WrongCursor),
    summary="本机构发布过的产品各版，由主管部门维护",
)
async def products(request: Request, *, actor: Actor, query: PageQuery) -> dict[str, Any]:  # noqa: ARG001
    desk = await institutions.desk_of(actor)
    return await shelf.of_bank(desk.institution_id, cursor=query.cursor, limit=query.limit)


@endpoint(
    auth=Auth.PARTNER,
    permission=HANDLE,
    returns=WaitingOut,
    errors=(errors.NotAtADesk,),
    summary="本对接岗各状态的对接有多少，多少即将到期",
)
async def waiting(request: Request, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await own_figures.waiting(actor)


@endpoint(
    auth=Auth.PARTNER,
    permission=HANDLE,
    query=FiguresQuery,
    returns=OwnFiguresOut,
    errors=(errors.NotAtADesk, errors.ContentWrong),
    summary="本对接岗的办理情况",
)
async def figures(request: Request, *, actor: Actor, query: FiguresQuery) -> dict[str, Any]:  # noqa: ARG001
    return await own_figures.figures(actor, query.first, query.last)
