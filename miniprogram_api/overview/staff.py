"""How the service runs, for whoever operates it; the words for every code, for the console."""

import hashlib
from importlib.metadata import version
from typing import Any, Final
from uuid import UUID

import orjson
from sanic import Request

from backend.access import Actor
from backend.alerts.queries import PERMISSION as WATCH
from backend.overview import follow_through, running, words
from backend.salons.errors import SalonUnknown
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.overview.schemas import FollowThroughOut, HealthOut, WordsOut
from miniprogram_api.reply import Reply

_WORDS: Final = orjson.dumps({"words": words.words()}, option=orjson.OPT_NON_STR_KEYS)
_TAG: Final = f'"{hashlib.sha256(_WORDS).hexdigest()[:32]}"'
_HEADERS: Final = {"ETag": _TAG, "Cache-Control": "private, max-age=3600"}
_UNCHANGED: Final = 304
_RELEASE: Final = version("wuwei")


@endpoint(auth=Auth.STAFF, permission=WATCH, returns=HealthOut, summary="系统运行状况")
async def health(request: Request, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001  every handler is given its request
    return {"release": _RELEASE, **await running.health(actor)}


@endpoint(
    auth=Auth.STAFF,
    permission="salons.read",
    returns=FollowThroughOut,
    errors=(SalonUnknown,),
    summary="沙龙之后：到场企业打开、申报了哪些政策",
)
async def followed(request: Request, salon_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await follow_through.of_salon(salon_id, actor=actor)


@endpoint(auth=Auth.STAFF, returns=WordsOut, summary="各种代码的中文；可带 If-None-Match")
async def dictionary(request: Request) -> Reply:
    known = (one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(","))
    return Reply(None, _UNCHANGED, _HEADERS) if _TAG in known else Reply(_WORDS, headers=_HEADERS)
