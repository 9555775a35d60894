"""Content security: texts at once, media later by an event."""

import secrets
from typing import Annotated, Any, Literal

import msgspec

from sandbox import clock
from sandbox.call import Call, ok
from sandbox.errcodes import Refused

_LONGEST_TEXT = 2_500
_VISIT_LIFE = 2 * clock.HOUR
_LABELS = {"pass": 100, "review": 20012, "risky": 20006}
_MARKS = {"【违规】": "risky", "【待审】": "review"}
_SCENES = frozenset({1, 2, 3, 4})

Verdict = Literal["pass", "review", "risky"]


class _TextRequest(msgspec.Struct):
    content: str
    version: int = 1
    openid: str = ""
    scene: int = 0
    nickname: str = ""
    title: str = ""
    signature: str = ""


def check_text(call: Call) -> bytes:
    """POST /wxa/msg_sec_check. Version 2 answers errcode 0 with the verdict in `result`, version 1 says 87014."""
    call.check_token()
    request = call.read(_TextRequest)
    if not request.content:
        raise Refused(44002)
    if len(request.content) > _LONGEST_TEXT:
        raise Refused(45002)
    verdict = _judge(call, request.content + request.title + request.nickname + request.signature)
    if request.version < 2:  # noqa: PLR2004 - the interface's own version number
        return _first_version(verdict)
    _check_person(call, request.openid, request.scene)
    result = {"suggest": verdict, "label": _LABELS[verdict]}
    detail = {"strategy": "content_model", "errcode": 0, **result, "prob": 90}
    return ok(trace_id=_trace_id(), result=result, detail=[detail])


def _first_version(verdict: str) -> bytes:
    if verdict == "risky":
        raise Refused(87014)
    return ok()


def _judge(call: Call, text: str) -> str:
    verdict = call.world.switches.text_verdict
    if verdict != "auto":
        return verdict
    return next((meaning for mark, meaning in _MARKS.items() if mark in text), "pass")


def _check_person(call: Call, openid: str, scene: int) -> None:
    """The openid must be this account's and have signed in within two hours."""
    call.openid = openid
    owner = call.world.owners.by_openid.get(openid)
    if owner is None:
        raise Refused(40003)
    if scene not in _SCENES:
        raise Refused(40129)
    if call.world.switches.visit_needed and call.now - owner.visited_at > _VISIT_LIFE:
        raise Refused(61010)


class _MediaRequest(msgspec.Struct):
    media_url: Annotated[str, msgspec.Meta(min_length=1, max_length=4_096)]
    media_type: Literal[1, 2]
    version: Literal[2]
    scene: int
    openid: str


def check_media(call: Call) -> bytes:
    """POST /wxa/media_check_async, version 2; the verdict comes as the event wxa_media_check."""
    call.check_token()
    request = call.read(_MediaRequest, 40097)
    _check_person(call, request.openid, request.scene)
    world = call.world
    trace_id = _trace_id()
    verdict = world.switches.media_verdict
    body = media_result(world.settings.miniprogram.appid, trace_id, "pass" if verdict == "auto" else verdict)
    if world.switches.media_fetch:
        body["media_url"] = request.media_url  # the pusher fetches it first and takes it out again
    world.push("miniprogram", request.openid, "wxa_media_check", body, world.switches.media_delay_ms)
    return ok(trace_id=trace_id)


def media_result(appid: str, trace_id: str, verdict: str) -> dict[str, Any]:
    """The event's own fields."""
    result = {"suggest": verdict, "label": _LABELS[verdict]}
    return {
        "appid": appid,
        "trace_id": trace_id,
        "version": 2,
        "errcode": 0,
        "errmsg": "ok",
        "detail": [{"strategy": "content_model", "errcode": 0, **result, "prob": 90}],
        "result": result,
    }


def _trace_id() -> str:
    return f"{secrets.token_hex(4)}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"
