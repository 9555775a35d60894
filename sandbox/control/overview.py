"""Reads for people: templates, calls, and all that the page shows."""

from typing import Any

import msgspec

from sandbox import clock
from sandbox.control.owners import shown
from sandbox.control.request import Control
from sandbox.ledger import Message
from sandbox.owners import Owner
from sandbox.sms.box import TextMessage
from sandbox.world import World

_OWNERS_SHOWN = 8
_MESSAGES_SHOWN = 20
_CALLS_SHOWN = 30


async def templates(control: Control) -> dict[str, Any]:
    """GET /control/templates: the seed as it stands."""
    return {"items": msgspec.to_builtins(list(control.world.templates.by_id.values()))}


async def calls(control: Control) -> dict[str, Any]:
    """GET /control/calls?path=&limit=: totals, outcomes, and the last calls, newest first."""
    noted, path = control.world.calls, control.query("path")
    recent = [call.shown() for call in reversed(noted.recent) if path in {None, call.path}]
    return {
        "total": dict(noted.total),
        "outcomes": {name: dict(outcomes) for name, outcomes in noted.outcomes.items()},
        "recent": recent[: control.number("limit", 100)],
    }


async def page(control: Control) -> dict[str, Any]:
    """GET /control/page?q=: what the page at / polls."""
    world = control.world
    owners = world.owners.search(control.query("q") or "", _OWNERS_SHOWN)
    return {
        "owners": [_phone(world, owner) for owner in owners],
        "owners_total": len(world.owners.by_openid),
        "messages_total": len(world.ledger.items) + len(world.sms.items),
        "pushes": {"pending": len(world.pushes.pending), **world.pushes.counts},
        "templates": msgspec.to_builtins(list(world.templates.by_id.values())),
        "faults": [fault.shown() for fault in reversed(world.faults.all)][:_CALLS_SHOWN],
        "calls": [call.shown() for call in list(reversed(world.calls.recent))[:_CALLS_SHOWN]],
    }


def _phone(world: World, owner: Owner) -> dict[str, Any]:
    """One phone's screen: newest message first, from both accounts."""
    received = [
        *world.ledger.by_openid.get(owner.openid, [])[-_MESSAGES_SHOWN:],
        *world.ledger.by_openid.get(owner.service_openid, [])[-_MESSAGES_SHOWN:],
    ]
    cards = {message.msgid: _card(world, message) for message in received}
    cards |= {text.number: _text_card(text) for text in world.sms.by_phone.get(owner.phone, [])[-_MESSAGES_SHOWN:]}
    return {
        **shown(world, owner),
        "messages": [cards[number] for number in sorted(cards, reverse=True)][:_MESSAGES_SHOWN],
    }


def _text_card(text: TextMessage) -> dict[str, Any]:
    """A text message, drawn like the others."""
    told = {"msgid": str(text.number), "sent_at": clock.text(text.at), "account": "sms", "page": None}
    return {**told, "title": text.code, "fields": [{"name": "内容", "value": text.text}]}


def _card(world: World, message: Message) -> dict[str, Any]:
    """A message with its template's title and the names of its fields."""
    plain = message.shown()
    template = world.templates.by_id.get(message.template_id)
    names = {field.key: field.name for field in template.fields} if template else {}
    plain["title"] = template.title if template else message.template_id
    plain["fields"] = [{"name": names.get(key, key), "value": value} for key, value in plain.pop("data").items()]
    return plain
