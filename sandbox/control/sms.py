"""Text messages: what numbers received, and which templates the provider approves."""

from typing import Annotated, Any

import msgspec

from sandbox.control.request import Control, Mistake
from sandbox.sms.box import SmsTemplate

_MOST = 100_000


class _Template(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    code: Annotated[str, msgspec.Meta(pattern=r"^SMS_[0-9]{1,12}$")]
    key: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=500)] | None = None
    is_approved: bool | None = None


async def messages(control: Control) -> dict[str, Any]:
    """GET /control/sms?phone=&after=&limit=: oldest first; `after` is an id."""
    found = control.world.sms.select(control.query("phone"), control.number("after", 0))
    limit = min(control.number("limit", 1_000), _MOST)
    return {"items": [message.shown() for message in found[:limit]], "total": len(found)}


async def list_templates(control: Control) -> dict[str, Any]:
    """GET /control/sms/templates."""
    return {"items": msgspec.to_builtins(list(control.world.sms.templates.values()))}


async def put_template(control: Control) -> dict[str, Any]:
    """POST /control/sms/templates {code, key?, text?, is_approved?}: a new one, or a change to one."""
    asked = control.read(_Template)
    before = control.world.sms.templates.get(asked.code)
    if before is None and asked.text is None:
        raise Mistake(404, f"no template has the code {asked.code}")
    made = msgspec.convert(
        {**(msgspec.to_builtins(before) if before else {"key": asked.code}), **msgspec.to_builtins(asked)}, SmsTemplate
    )
    control.world.commit("sms_template", made.key, made.code, made.text, made.is_approved)
    return dict(msgspec.to_builtins(made))
