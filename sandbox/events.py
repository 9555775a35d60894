"""What an event looks like on the wire: JSON or XML, with the variants that WeChat is known to send."""

from typing import Any
from xml.sax.saxutils import escape

import orjson

from sandbox import clock
from sandbox.pushed import Push
from sandbox.switches import Switches

_CONTAINERS = {
    "subscribe_msg_popup_event": "SubscribeMsgPopupEvent",
    "subscribe_msg_change_event": "SubscribeMsgChangeEvent",
    "subscribe_msg_sent_event": "SubscribeMsgSentEvent",
}
_NUMERIC = frozenset({"PopupScene", "MsgID", "ErrorCode"})


def encode(push: Push, original_id: str, switches: Switches) -> bytes:
    """The event in clear, in the format that is switched on."""
    envelope: dict[str, Any] = {
        "ToUserName": original_id,
        "FromUserName": push.openid,
        "CreateTime": push.at // clock.SECOND,
        "MsgType": "event",
        "Event": push.event,
    }
    return _xml(envelope, push) if switches.push_format == "xml" else _json(envelope, push, switches)


def wrap(original_id: str, encrypted: str, switches: Switches) -> tuple[bytes, str]:
    """The secure-mode body around the cipher text, and its content type."""
    if switches.push_format == "xml":
        text = (
            f"<xml><ToUserName><![CDATA[{original_id}]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
        )
        return text.encode(), "text/xml"
    return orjson.dumps({"ToUserName": original_id, "Encrypt": encrypted}), "application/json"


def _json(envelope: dict[str, Any], push: Push, switches: Switches) -> bytes:
    fields = dict(push.body)
    items = fields.pop("items", None)
    if items is not None:
        items = [_numbered(item, switches) for item in items]
        one_bare = switches.push_list != "array" and len(items) == 1
        fields["List"] = items[0] if one_bare else items
        if switches.push_list == "container" and push.event in _CONTAINERS:
            fields = {_CONTAINERS[push.event]: fields}
    if switches.push_spaced_keys:
        fields = {f" {key}": value for key, value in fields.items()}
    if switches.push_numbers == "string":
        envelope["CreateTime"] = str(envelope["CreateTime"])
    return orjson.dumps({**envelope, **fields})


def _numbered(item: dict[str, Any], switches: Switches) -> dict[str, Any]:
    if switches.push_numbers != "int":
        return item
    return {key: int(value) if key in _NUMERIC else value for key, value in item.items()}


def _xml(envelope: dict[str, Any], push: Push) -> bytes:
    fields = dict(push.body)
    items = fields.pop("items", None)
    if items is not None:
        fields[_CONTAINERS.get(push.event, "Container")] = {"List": items}
    return f"<xml>{_elements({**envelope, **fields})}</xml>".encode()


def _elements(fields: dict[str, Any]) -> str:
    """A list becomes its element several times, as in WeChat's XML."""
    return "".join(
        f"<{name}>{_content(one)}</{name}>"
        for name, value in fields.items()
        for one in (value if isinstance(value, list) else [value])
    )


def _content(value: Any) -> str:
    if isinstance(value, dict):
        return _elements(value)
    if isinstance(value, int):
        return str(value)
    text = str(value)
    return escape(text) if "]]>" in text else f"<![CDATA[{text}]]>"
