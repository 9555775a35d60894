"""What an owner does on his phone, pressed from outside."""

from typing import Annotated, Any, Literal

import msgspec

from sandbox import codes, dialog
from sandbox.codes import Kind
from sandbox.control.owners import shown
from sandbox.control.request import Control, Mistake

Answer = Literal["accept", "reject"]


class _Subscribe(msgspec.Struct, forbid_unknown_fields=True):
    template_ids: list[str]
    answers: dict[str, Answer] = {}
    always_keep: bool = False
    scene: Literal[0, 1, 2] = 0


class _Settings(msgspec.Struct, forbid_unknown_fields=True):
    templates: dict[str, Answer] = {}
    main_switch: bool | None = None


class _Permits(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    template_id: str
    credits: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] | None = None
    standing: bool | None = None
    kept: Literal["", "accept", "reject"] | None = None


class _Withdrawal(msgspec.Struct, forbid_unknown_fields=True):
    event: Literal["user_authorization_cancellation", "user_authorization_revoke", "user_info_modified"] = (
        "user_authorization_cancellation"
    )
    revoke_info: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{0,2}$")] = ""


class _Follow(msgspec.Struct, forbid_unknown_fields=True):
    follows: bool = True


async def follow(control: Control, name: str) -> dict[str, Any]:
    """POST …/follow {follows}: follow the service account or leave it; told by its subscribe or unsubscribe event."""
    owner, follows = control.owner(name), control.read(_Follow).follows
    control.world.commit("owner", owner.openid, {"follows": follows})
    event = "subscribe" if follows else "unsubscribe"
    number = control.world.push("service", owner.service_openid, event, {"EventKey": ""})
    return {"push_id": str(number), "owner": shown(control.world, owner)}


async def login_code(control: Control, name: str) -> dict[str, str]:
    """POST …/login-code: what wx.login gives."""
    return _code(control, name, "login")


async def phone_code(control: Control, name: str) -> dict[str, str]:
    """POST …/phone-code: what the getPhoneNumber button gives."""
    return _code(control, name, "phone")


def _code(control: Control, name: str, kind: Kind) -> dict[str, str]:
    owner, value = control.owner(name), codes.new_value()
    control.world.commit("code", value, kind, owner.openid, control.world.clock.now() + codes.LIFE)
    return {"code": value, "openid": owner.openid}


async def subscribe(control: Control, name: str) -> dict[str, Any]:
    """POST …/subscribe {template_ids, answers?, always_keep?}: wx.requestSubscribeMessage; ids or keys."""
    asked = control.read(_Subscribe)
    try:
        return dialog.request_subscribe(
            control.world,
            control.owner(name),
            asked.template_ids,
            dict(asked.answers),
            always_keep=asked.always_keep,
            scene=asked.scene,
        )
    except dialog.ClientError as error:
        return {"errMsg": f"requestSubscribeMessage:fail {error.text}", "errCode": error.code}


async def change_settings(control: Control, name: str) -> dict[str, Any]:
    """POST …/settings {templates: {id: accept|reject}, main_switch?}: the phone's settings page."""
    owner, asked = control.owner(name), control.read(_Settings)
    try:
        told = dialog.change_settings(control.world, owner, dict(asked.templates), main_switch=asked.main_switch)
    except dialog.ClientError as error:
        raise Mistake(404, error.text) from error
    return {"told": told, "owner": shown(control.world, owner)}


async def set_permits(control: Control, name: str) -> dict[str, Any]:
    """POST …/permits {template_id, credits?, standing?, kept?}: set without a tap and without an event."""
    owner, asked = control.owner(name), control.read(_Permits)
    template = control.world.templates.find(asked.template_id)
    if template is None:
        raise Mistake(404, "no such template")
    changes = msgspec.to_builtins(asked)
    del changes["template_id"]
    control.world.commit("permit", owner.openid, template.id, changes)
    return shown(control.world, owner)


async def withdraw(control: Control, name: str) -> dict[str, str]:
    """POST …/authorization-cancel {event?, revoke_info?}: a privacy event."""
    owner, asked = control.owner(name), control.read(_Withdrawal)
    number = dialog.withdraw(control.world, owner, asked.event, asked.revoke_info)
    return {"push_id": str(number), "event": asked.event}
