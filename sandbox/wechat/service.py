"""Template messages of the service account (an appid, token and callback of its own; its openids differ)."""

import msgspec
import orjson

from sandbox.call import Call, ok
from sandbox.errcodes import Refused
from sandbox.templates import Template


class _Value(msgspec.Struct):
    value: str


class _MiniProgram(msgspec.Struct):
    appid: str
    pagepath: str = ""


class _SendRequest(msgspec.Struct):
    touser: str = ""
    template_id: str = ""
    data: dict[str, _Value] = {}
    url: str | None = None
    miniprogram: _MiniProgram | None = None
    client_msg_id: str = ""


def send(call: Call) -> bytes:
    """POST /cgi-bin/message/template/send; the same client_msg_id to the same openid is sent once.

    Owners who don't follow the account are refused with 43004.
    """
    call.check_token("service")
    request = call.read(_SendRequest, 47003)
    call.openid = request.touser
    template = _check(call, request)
    earlier = call.world.ledger.by_client_msg_id.get((request.touser, request.client_msg_id))
    if earlier is not None:
        return ok(msgid=earlier.msgid)
    msgid = call.world.next_number()
    values = orjson.dumps({key: field.value for key, field in request.data.items()}).decode()
    page = request.miniprogram.pagepath if request.miniprogram else request.url or ""
    client_msg_id = request.client_msg_id
    call.world.commit(
        "service_sent", msgid, call.now, "service", request.touser, template.id, page, "formal", values, client_msg_id
    )
    if call.world.switches.sent_events:
        finished = {"MsgID": msgid, "Status": "success"}
        call.world.push("service", request.touser, "TEMPLATESENDJOBFINISH", finished)
    return ok(msgid=msgid)


def _check(call: Call, request: _SendRequest) -> Template:
    world = call.world
    owner = world.owners.by_service_openid.get(request.touser)
    if owner is None:
        raise Refused(40003)
    template = world.templates.by_id.get(request.template_id)
    if template is None or template.kind != "service":
        raise Refused(40037)
    world.templates.check(template, {key: field.value for key, field in request.data.items()})
    if request.miniprogram is not None and request.miniprogram.appid != world.settings.miniprogram.appid:
        raise Refused(40013)
    if not owner.follows:
        raise Refused(43004)
    return template
