"""Who follows the service account, and who that is in the mini-program (the unionid)."""

from itertools import islice
from typing import Annotated, Any

import msgspec
import orjson

from sandbox import clock
from sandbox.call import Call
from sandbox.errcodes import Refused
from sandbox.world import World

_PAGE = 10_000
_MOST = 100


class _Wanted(msgspec.Struct):
    openid: str
    lang: str = "zh_CN"


class _Batch(msgspec.Struct):
    user_list: Annotated[list[_Wanted], msgspec.Meta(min_length=1, max_length=_MOST)]


def list_openids(call: Call) -> bytes:
    """GET /cgi-bin/user/get: up to 10,000 openids behind `next_openid`, ordered."""
    call.check_token("service")
    after = call.query("next_openid") or ""
    following = sorted(openid for openid, owner in call.world.owners.by_service_openid.items() if owner.follows)
    page = list(islice((openid for openid in following if openid > after), _PAGE))
    told: dict[str, Any] = {"total": len(following), "count": len(page), "next_openid": page[-1] if page else ""}
    if page:
        told["data"] = {"openid": page}
    return orjson.dumps(told)


def show(call: Call) -> bytes:
    """GET /cgi-bin/user/info."""
    call.check_token("service")
    return orjson.dumps(_shown(call.world, call.query("openid") or ""))


def show_batch(call: Call) -> bytes:
    """POST /cgi-bin/user/info/batchget: at most 100."""
    call.check_token("service")
    wanted = call.read(_Batch, 40032).user_list
    return orjson.dumps({"user_info_list": [_shown(call.world, one.openid) for one in wanted]})


def _shown(world: World, openid: str) -> dict[str, Any]:
    """Of one who does not follow WeChat tells nothing but that."""
    owner = world.owners.by_service_openid.get(openid)
    if owner is None:
        raise Refused(40003)
    if not owner.follows:
        return {"subscribe": 0, "openid": openid}
    since = (owner.visited_at or world.clock.now()) // clock.SECOND
    return {"subscribe": 1, "openid": openid, "language": "zh_CN", "subscribe_time": since, "unionid": owner.unionid}
