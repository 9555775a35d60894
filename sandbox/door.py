"""The way in for WeChat calls: the plain path, and the disturbed one with latency, faults and 43108."""

import asyncio
import socket
import struct
from collections.abc import Callable, Coroutine
from typing import Any, cast

import orjson
from sanic import HTTPResponse, Request

from sandbox import clock
from sandbox.call import Call, Handler, answer, refuse
from sandbox.errcodes import Refused
from sandbox.faults import FaultRule
from sandbox.sms.codes import SmsRefused
from sandbox.world import World

SEND = "/cgi-bin/message/subscribe/send"
SMS = "/sms"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_GATEWAY_PAGE = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>"

Entry = Callable[[Request], HTTPResponse | Coroutine[Any, Any, HTTPResponse]]


def entry(world: World, path: str, method: str, handler: Handler) -> Entry:
    """The Sanic handler of one WeChat path; a wrong method is WeChat's 43002, not HTTP's 405.

    Not `async`: the plain path needs no coroutine, and Sanic awaits only what is one.
    """

    def enter(request: Request) -> HTTPResponse | Coroutine[Any, Any, HTTPResponse]:
        call = Call(world, path, request)
        if request.method != method:
            return refuse(call, Refused(43002))
        if _is_quiet(world):
            return answer(handler, call)
        return _disturbed(handler, call)

    return enter


def _is_quiet(world: World) -> bool:
    switches = world.switches
    return not (world.faults.all or switches.latency_ms or switches.serial_openid)


async def _disturbed(handler: Handler, call: Call) -> HTTPResponse:
    _note_subject(call)
    rule = call.world.faults.strike(call.path, call.openid, call.template_id)
    if call.world.switches.serial_openid and call.path == SEND and call.openid:
        return await _one_at_a_time(handler, call, rule)
    return await _with_latency(handler, call, rule)


def _note_subject(call: Call) -> None:
    """Whom a call concerns, read before the handler does; a body that can't be read concerns nobody."""
    if call.path == SMS:
        call.openid, call.template_id = call.query("PhoneNumbers") or "", call.query("TemplateCode") or ""
        return
    try:
        body = orjson.loads(call.body) if call.body else {}
    except orjson.JSONDecodeError:
        body = {}
    subject = body if isinstance(body, dict) else {}
    openid, template_id = subject.get("touser", subject.get("openid")), subject.get("template_id")
    call.openid = openid if isinstance(openid, str) else ""
    call.template_id = template_id if isinstance(template_id, str) else ""


async def _one_at_a_time(handler: Handler, call: Call, rule: FaultRule | None) -> HTTPResponse:
    """43108 for a second send to an openid while the first is under way, for at least `serial_hold_ms`."""
    sending = call.world.sending
    if call.openid in sending:
        return refuse(call, Refused(43108))
    sending.add(call.openid)
    try:
        response = await _with_latency(handler, call, rule)
        await asyncio.sleep(call.world.switches.serial_hold_ms / clock.SECOND)
    finally:
        sending.discard(call.openid)
    return response


async def _with_latency(handler: Handler, call: Call, rule: FaultRule | None) -> HTTPResponse:
    half = call.world.switches.latency_ms / 2 / clock.SECOND
    delay = rule.delay_ms / clock.SECOND if rule else 0.0
    before = half + (delay if rule and rule.delay_before else 0)
    after = half + (delay if rule and not rule.delay_before else 0)
    if before:
        await asyncio.sleep(before)
    response = await _struck(handler, call, rule) if rule else answer(handler, call)
    if after:
        await asyncio.sleep(after)
    return response


async def _struck(handler: Handler, call: Call, rule: FaultRule) -> HTTPResponse:
    if rule.errcode is not None:
        return refuse(call, Refused(rule.errcode, rule.errmsg))
    if rule.sms_code is not None:
        return refuse(call, SmsRefused(rule.sms_code, rule.errmsg))
    if rule.http_status is not None:
        _note(call, f"http {rule.http_status}")
        return HTTPResponse(_GATEWAY_PAGE.format(rule.http_status), rule.http_status, content_type="text/html")
    if rule.abort:
        _note(call, "abort")
        return await _hang_up(call.request, with_reset=True)
    response = answer(handler, call)
    if rule.drop:
        _note(call, "drop")
        return await _hang_up(call.request, with_reset=False)
    return response


async def _hang_up(request: Request, *, with_reset: bool) -> HTTPResponse:
    """End the connection without an answer; Sanic cancels this handler when it notices."""
    transport = cast("asyncio.Transport", request.transport)
    if with_reset:
        peer: socket.socket = transport.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()
    await asyncio.Event().wait()
    raise AssertionError("unreachable: the wait above ends by cancellation only")


def _note(call: Call, outcome: str) -> None:
    call.world.calls.note_disturbance(call.now, call.path, call.openid, outcome)
