"""What happens to a template on WeChat's side: its fields change, it is taken away, it comes back."""

from typing import Any

import msgspec

from sandbox import templates
from sandbox.control.request import Control, Mistake


class _Changes(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    title: str | None = None
    fields: list[templates.Field] | None = None
    is_there: bool | None = None


async def change(control: Control, name: str) -> dict[str, Any]:
    """PATCH /control/templates/{key or id} {title?, fields?, is_there?}; permits stay as they are."""
    template = control.world.templates.find_any(name)
    if template is None:
        raise Mistake(404, "no such template")
    changes = msgspec.to_builtins(control.read(_Changes))
    try:
        templates.changed(template, changes)
    except (ValueError, KeyError) as error:
        raise Mistake(400, str(error)) from error
    control.world.commit("template", template.id, changes)
    is_there = template.id in control.world.templates.by_id
    return {**msgspec.to_builtins(control.world.templates.find_any(template.id)), "is_there": is_there}
