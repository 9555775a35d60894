"""The mini-program code of a salon, to be printed: whoever scans it stands before that salon.

The code's scene is the salon's id, 32 hexadecimal digits, which is just what WeChat takes; so nothing need be kept to
know what a code means. The picture is kept for a while, for WeChat draws only so many a minute.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from backend import runtime
from backend.access import Actor, Condition
from backend.foundation import db
from backend.gateways.redis import fail_open
from backend.gateways.wechat.errors import WeChatError, WeChatRefused
from backend.gateways.wechat.policy import decide
from backend.salons.errors import CodeNotDrawn, PageNotReleased, SalonUnknown
from backend.salons.messages import PAGE
from backend.salons.visibility import salons_visible_to

KEPT: Final = timedelta(days=7)
WIDTH: Final = 860
"""Pixels: 7 cm at 300 dots an inch."""
NO_PAGE: Final = 41030

_SEEN: Final = "SELECT s.id FROM salons s WHERE {wanted}"


async def drawn(salon_id: UUID, *, actor: Actor) -> bytes:
    """Return the picture, a PNG or a JPEG; raises SalonUnknown, PageNotReleased, CodeNotDrawn."""
    wanted = Condition("s.id = {}::uuid", (salon_id,)) & salons_visible_to(actor)
    if await db.fetch_value(_SEEN.format(wanted=wanted.render()), *wanted.params) is None:
        raise SalonUnknown
    kept: bytes | None = await fail_open(runtime.current().redis.get(_key(salon_id)), None, doing="salon code")
    if kept is not None:
        return kept
    made = await _draw(salon_id)
    await keep(salon_id, made)
    return made


async def keep(salon_id: UUID, image: bytes) -> None:
    """Keep a picture for the next who wants it."""
    await fail_open(runtime.current().redis.set(_key(salon_id), image, ex=KEPT), None, doing="salon code")


def _key(salon_id: UUID) -> str:
    """Name what is kept: a code of the trial version opens another program than one of the live version."""
    settings = runtime.current().settings
    return f"salons:code:{settings.wechat_appid}:{settings.wechat_program_state}:{salon_id.hex}"


async def _draw(salon_id: UUID) -> bytes:
    try:
        return await runtime.current().wechat.mini_code(salon_id.hex, PAGE, width=WIDTH)
    except WeChatError as error:
        if isinstance(error, WeChatRefused) and error.errcode == NO_PAGE:
            raise PageNotReleased from error
        raise CodeNotDrawn(decide(error).words) from error
