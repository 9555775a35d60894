"""What owners' phones received."""

from typing import Any

from sandbox.control.request import Control, Mistake

_MOST = 100_000


def _template_id(control: Control) -> str | None:
    name = control.query("template_id")
    if name is None:
        return None
    template = control.world.templates.find(name)
    if template is None:
        raise Mistake(404, "no such template")
    return template.id


async def messages(control: Control) -> dict[str, Any]:
    """GET /control/messages?openid=&template_id=&after=&limit=: oldest first; `after` is a msgid."""
    name = control.query("openid")
    openid = (control.world.demo_owner(name) or name) if name else None
    found = control.world.ledger.select(openid, _template_id(control), control.number("after", 0))
    limit = min(control.number("limit", 1_000), _MOST)
    return {"items": [message.shown() for message in found[:limit]], "total": len(found)}


async def summary(control: Control) -> dict[str, Any]:
    """GET /control/ledger/summary?after=&limit=: counts and duplicate groups."""
    limit = min(control.number("limit", 1_000), _MOST)
    world = control.world
    return {
        **world.ledger.summary(control.number("after", 0), limit),
        "sms": world.sms.summary(control.number("after", 0)),
        "refused": {path: dict(outcomes) for path, outcomes in world.calls.outcomes.items()},
        "pushes": {"pending": len(world.pushes.pending), **world.pushes.counts},
    }
