"""The body of a push, XML or JSON, as one plain dict; tolerant of every form WeChat has been seen to send.

Keys may have spaces in front, numbers may be text, a List may be an object or an array and may stand in a container
named after the event.
"""

import hashlib
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import orjson
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

_DEEPEST = 12
_LIST = "List"

Json = dict[str, Any]


class Unreadable(Exception):
    """Neither a JSON object nor XML in WeChat's form."""


def read(body: bytes) -> Json:
    """Read a body of either form; XML with a DTD or entities is refused."""
    value = _read_json(body) if body.lstrip()[:1] == b"{" else _read_xml(body)
    clean = _clean(value, _DEEPEST)
    if not isinstance(clean, dict):
        raise Unreadable("not an object")
    return clean


def _read_json(body: bytes) -> Any:
    try:
        return orjson.loads(body.strip())
    except ValueError:
        raise Unreadable("broken JSON") from None


def _read_xml(body: bytes) -> Any:
    try:
        root = fromstring(body, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise Unreadable(f"broken XML ({type(error).__name__})") from None
    return _element(root, _DEEPEST)


def _element(element: Element, deepest: int) -> Any:
    """Turn an element into its text, or into a dict in which a repeated child becomes a list."""
    if not len(element):
        return (element.text or "").strip()
    if deepest == 0:
        raise Unreadable("nested too deep")
    found: dict[str, list[Any]] = {}
    for child in element:
        found.setdefault(child.tag, []).append(_element(child, deepest - 1))
    return {tag: values[0] if len(values) == 1 else values for tag, values in found.items()}


def _clean(value: Any, deepest: int) -> Any:
    """Strip keys, drop NUL characters (no database takes them), refuse depths no push has."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if not isinstance(value, dict | list):
        return value
    if deepest == 0:
        raise Unreadable("nested too deep")
    if isinstance(value, list):
        return [_clean(inner, deepest - 1) for inner in value]
    return {key.replace("\0", "").strip(): _clean(inner, deepest - 1) for key, inner in value.items()}


def text_of(payload: Json, key: str) -> str:
    """Return a scalar as text, "" when it is missing or no scalar."""
    return _as_text(payload.get(key))


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return ""


def items_of(payload: Json) -> tuple[dict[str, str], ...]:
    """Return the entries of the push's List, wherever it stands; () for a push without one."""
    found = payload.get(_LIST)
    if found is None:
        containers = (value for value in payload.values() if isinstance(value, dict) and _LIST in value)
        found = next(containers, {}).get(_LIST)
    entries = found if isinstance(found, list) else [found]
    return tuple({key: _as_text(value) for key, value in entry.items()} for entry in entries if isinstance(entry, dict))


def who(payload: Json, kind: str) -> str | None:
    """Return the openid of the person a push is about.

    Events about a user's data name the person as OpenID, or not at all: their FromUserName is the platform.
    """
    named = text_of(payload, "OpenID")
    if named or kind.startswith("user_"):
        return named or None
    return text_of(payload, "FromUserName") or None


def dedupe_hash(payload: Json, kind: str) -> str:
    """Return what WeChat's repetitions of one push share.

    Not sender and second, as the manual says: two verdicts on media in one second differ only in their trace_id.
    """
    sender, message = text_of(payload, "FromUserName"), text_of(payload, "MsgId")
    if message:
        identity: Any = ["message", sender, message]
    else:
        identity = ["event", kind, payload]
    return hashlib.sha256(orjson.dumps(identity, option=orjson.OPT_SORT_KEYS)).hexdigest()
