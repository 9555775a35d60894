"""Template messages of the service account (an appid, token and callback of its own; its openids differ)."""

import msgspec
import orjson

from sandbox import clock
from sandbox.call import Call, ok
from sandbox.errcodes import Refused
from sandbox.templates import Template

_REMEMBERED = 10 * clock.MINUTE


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
    """POST /cgi-bin/message/template/send; the same client_msg_id to the same openid is sent once in 10 minutes.

    Owners who don't follow the account are refused with 43004.
    """
    call.check_token("service")
    request = call.read(_SendRequest, 47003)
    call.openid = request.touser
    template = _check(call, request)
    earlier = call.world.ledger.by_client_msg_id.get((request.touser, request.client_msg_id))
    if earlier is not None and call.now - earlier.at < _REMEMBERED:
        return ok(msgid=earlier.msgid)
    msgid = call.world.next_number()
    values = orjson.dumps({key: field.value for key, field in request.data.items()}).decode()
    page = request.miniprogram.pagepath if request.miniprogram else request.url or ""
    client_msg_id = request.client_msg_id
    call.world.commit(
        "service_sent", msgid, call.now, "service", request.touser, template.id, page, "formal", values, client_msg_id
    )
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


def list_templates(call: Call) -> bytes:
    """GET /cgi-bin/template/get_all_private_template, which answers without errcode."""
    call.check_token("service")
    templates = call.world.templates.by_id.values()
    listed = [template.listed_for_service() for template in templates if template.kind == "service"]
    return orjson.dumps({"template_list": listed})
