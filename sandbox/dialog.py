"""What the phone does: wx.requestSubscribeMessage, the settings page, withdrawal of consent."""

from typing import Any

from sandbox.owners import Owner
from sandbox.templates import Template
from sandbox.world import World

_MOST_TEMPLATES = 5


class ClientError(Exception):
    """wx.requestSubscribeMessage fails on the phone with this errCode; nothing happens on the server."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text


def request_subscribe(
    world: World, owner: Owner, names: list[str], answers: dict[str, str], *, always_keep: bool, scene: int
) -> dict[str, Any]:
    """The dialog for up to five templates; unnamed answers are `accept`.

    A template whose answer was kept isn't shown and no event tells of it, yet an accept still earns its credit. What
    was shown is told by one subscribe_msg_popup_event.
    """
    templates = _asked_for(world, owner, names)
    given = {_answer_key(world, name): answer for name, answer in answers.items()}
    result: dict[str, str] = {}
    shown: list[Template] = []
    for template in templates:
        kept = owner.permit(template.id).kept
        result[template.id] = kept or given.get(template.id, "accept")
        if not kept:
            shown.append(template)
        _earn(world, owner, template, result[template.id], keep=always_keep and not kept)
    if shown:
        _tell_popup(world, owner, [(template.id, result[template.id]) for template in shown], scene)
    return {"errMsg": "requestSubscribeMessage:ok", **result, "dialog_shown": bool(shown)}


def _answer_key(world: World, name: str) -> str:
    template = world.templates.find(name)
    return template.id if template else name


def _asked_for(world: World, owner: Owner, names: list[str]) -> list[Template]:
    if not names:
        raise ClientError(10001, "TmplIds can't be empty")
    if len(names) > _MOST_TEMPLATES:
        raise ClientError(20003, "Templates count out of max bounds")
    if not owner.main_switch:
        raise ClientError(20004, "The main switch is switched off")
    found = [world.templates.find(name) for name in names]
    templates = [template for template in found if template is not None and template.kind != "service"]
    if len(templates) < len(names):
        raise ClientError(20001, "No template data return, verify the template id exist")
    if len({template.kind for template in templates}) > 1:
        raise ClientError(20002, "Templates type must be same")
    return list(dict.fromkeys(templates))


def _earn(world: World, owner: Owner, template: Template, answer: str, *, keep: bool) -> None:
    permit = owner.permit(template.id)
    changes: dict[str, Any] = {"kept": answer} if keep else {}
    if template.kind == "long_term":
        changes["standing"] = answer == "accept"
    elif answer == "accept":
        changes["credits"] = permit.credits + 1
    world.commit("permit", owner.openid, template.id, changes)


def _tell_popup(world: World, owner: Owner, answers: list[tuple[str, str]], scene: int) -> None:
    items = [
        {"TemplateId": template_id, "SubscribeStatusString": answer, "PopupScene": str(scene)}
        for template_id, answer in answers
    ]
    world.push("miniprogram", owner.openid, "subscribe_msg_popup_event", {"items": items})


def change_settings(
    world: World, owner: Owner, answers: dict[str, str], *, main_switch: bool | None
) -> list[dict[str, str]]:
    """The settings page: `reject` ends all credits, `accept` gives none; told by subscribe_msg_change_event."""
    if main_switch is not None:
        world.commit("owner", owner.openid, {"main_switch": main_switch})
    items = []
    for name, answer in answers.items():
        template = world.templates.find(name)
        if template is None or template.kind == "service":
            raise ClientError(20001, "No template data return, verify the template id exist")
        items.append({"TemplateId": template.id, "SubscribeStatusString": answer})
    for item in items:
        accepted = item["SubscribeStatusString"] == "accept"
        changes: dict[str, Any] = {"kept": item["SubscribeStatusString"], "standing": accepted}
        if not accepted:
            changes["credits"] = 0
        world.commit("permit", owner.openid, item["TemplateId"], changes)
    if items:
        world.push("miniprogram", owner.openid, "subscribe_msg_change_event", {"items": items})
    return items


def withdraw(world: World, owner: Owner, event: str, revoke_info: str) -> int:
    """A privacy event about the owner's data; returns the push id."""
    body = {
        "OpenID": owner.openid,
        "AppID": world.settings.miniprogram.appid,
        "RevokeInfo": revoke_info,
        "PluginID": "",
        "OpenPID": "",
    }
    return world.push("miniprogram", owner.openid, event, body)
