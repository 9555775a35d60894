"""Subscribe messages: the send call, which benches use as their ceiling, and the list of templates."""

from typing import Any

import msgspec
import orjson

from sandbox import clock
from sandbox.call import Call, ok
from sandbox.errcodes import Refused
from sandbox.owners import Owner
from sandbox.templates import Template
from sandbox.world import World

_STATES = frozenset({"developer", "trial", "formal"})
_LANGUAGES = frozenset({"zh_CN", "en_US", "zh_HK", "zh_TW"})
_OK = b'{"errcode":0,"errmsg":"ok"}'


class _Value(msgspec.Struct):
    value: str


class _SendRequest(msgspec.Struct):
    touser: str = ""
    template_id: str = ""
    data: dict[str, _Value] = {}
    page: str | None = None
    miniprogram_state: str = "formal"
    lang: str = "zh_CN"


_decode = msgspec.json.Decoder(_SendRequest).decode


def send(call: Call) -> bytes:
    """POST /cgi-bin/message/subscribe/send. What is refused costs no credit."""
    call.check_token()
    request = _read(call)
    world = call.world
    call.openid = request.touser
    owner = world.owners.by_openid.get(request.touser)
    if owner is None:
        raise Refused(40003)
    template = world.templates.by_id.get(request.template_id)
    if template is None or template.kind == "service":
        raise Refused(40037)
    values = {key: field.value for key, field in request.data.items()}
    world.templates.check(template, values)
    page = request.page or ""
    _check_form(world, request, page)
    _check_permit(world, owner, template, call.now)
    msgid = world.next_number()
    received = (call.now, "miniprogram", owner.openid, template.id, page, request.miniprogram_state)
    world.commit("sent", msgid, *received, orjson.dumps(values).decode())
    return b'{"errcode":0,"errmsg":"ok","msgid":%d}' % msgid if world.switches.answer_msgid else _OK


def _read(call: Call) -> _SendRequest:
    try:
        return _decode(call.body)
    except msgspec.DecodeError:
        raise _why_unreadable(call.json()) from None


def _why_unreadable(body: dict[str, Any]) -> Refused:
    """Called only for a body of wrong types (or broken: then `call.json` has refused it): names what is wrong."""
    if not isinstance(body.get("touser"), str):
        return Refused(40003)
    if not isinstance(body.get("template_id"), str):
        return Refused(40037)
    data = body.get("data")
    if not isinstance(data, dict):
        return Refused(47003, "argument invalid! data invalid")
    for key, field in data.items():
        if not isinstance(field, dict) or not isinstance(field.get("value"), str):
            return Refused(47003, f"argument invalid! data.{key}.value invalid")
    return Refused(40097)


def _check_form(world: World, request: _SendRequest, page: str) -> None:
    if request.miniprogram_state not in _STATES or request.lang not in _LANGUAGES:
        raise Refused(40097)
    live = world.switches.live_pages
    if live is not None and page and page.partition("?")[0] not in live:
        raise Refused(41030)


def _check_permit(world: World, owner: Owner, template: Template, now: int) -> None:
    permit = owner.permits.get(template.id)
    if permit is None or not owner.main_switch:
        raise Refused(43101)
    if template.kind == "one_time":
        if permit.credits < 1:
            raise Refused(43101)
        return
    if not permit.standing:
        raise Refused(43101)
    limit = world.switches.long_term_daily_limit
    if limit is not None and permit.sent_on(clock.day(now)) >= limit:
        raise Refused(40038)


def list_templates(call: Call) -> bytes:
    """GET /wxaapi/newtmpl/gettemplate."""
    call.check_token()
    templates = call.world.templates.by_id.values()
    return ok(data=[template.listed() for template in templates if template.kind != "service"])
