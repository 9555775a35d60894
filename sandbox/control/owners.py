"""Owners: made, found, changed."""

from typing import Annotated, Any

import msgspec

from sandbox import clock
from sandbox.control.request import Control, Mistake
from sandbox.owners import Owner, crowd_openid, derive, derive_phone
from sandbox.world import World

Text = Annotated[str, msgspec.Meta(max_length=64)]
Openid = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{6,64}$")]
Phone = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{11}$")]
Prefix = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,32}$")]


class _OwnerChanges(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    name: Text | None = None
    phone: Phone | None = None
    unionid: Openid | None = None
    service_openid: Openid | None = None
    follows: bool | None = None


class _NewOwner(_OwnerChanges, forbid_unknown_fields=True, omit_defaults=True):
    openid: Openid | None = None


class _Crowd(msgspec.Struct, forbid_unknown_fields=True):
    prefix: Prefix
    count: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
    template_ids: tuple[str, ...] = ()
    credits_each: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 1
    list_openids: bool = True


def shown(world: World, owner: Owner) -> dict[str, Any]:
    """An owner with what he allows; the session_key stays inside."""
    permits = [
        {
            "template_id": template_id,
            "key": template.key,
            "title": template.title,
            "kind": template.kind,
            "credits": permit.credits,
            "standing": permit.standing,
            "kept": permit.kept or None,
        }
        for template_id, permit in owner.permits.items()
        if (template := world.templates.by_id.get(template_id))
    ]
    return {
        "openid": owner.openid,
        "unionid": owner.unionid,
        "service_openid": owner.service_openid,
        "name": owner.name,
        "phone": owner.phone,
        "follows": owner.follows,
        "main_switch": owner.main_switch,
        "visited_at": clock.text(owner.visited_at) if owner.visited_at else None,
        "permits": permits,
    }


async def search(control: Control) -> dict[str, Any]:
    """GET /control/owners?q=&limit=: last active first."""
    found = control.world.owners.search(control.query("q") or "", min(control.number("limit", 20), 1_000))
    return {"items": [shown(control.world, owner) for owner in found], "total": len(control.world.owners.by_openid)}


async def create(control: Control) -> dict[str, Any]:
    """POST /control/owners {name?, phone?, openid?, unionid?, service_openid?, follows?}."""
    world, new = control.world, control.read(_NewOwner)
    openid = new.openid or derive("owner", str(world.next_number()))
    if openid in world.owners.by_openid:
        raise Mistake(409, f"{openid} is there already")
    changes = {"phone": derive_phone(openid), **msgspec.to_builtins(new)}
    changes.pop("openid", None)
    world.commit("owner", openid, changes)
    return shown(world, world.owners.by_openid[openid])


async def create_crowd(control: Control) -> dict[str, Any]:
    """POST /control/owners/crowd {prefix, count, template_ids, credits_each}: many at once, for benches."""
    crowd = control.read(_Crowd)
    templates = [control.world.templates.find(name) for name in crowd.template_ids]
    if None in templates:
        raise Mistake(404, "no such template")
    template_ids = [template.id for template in templates if template]
    control.world.commit("crowd", crowd.prefix, crowd.count, template_ids, crowd.credits_each)
    openids = [crowd_openid(crowd.prefix, number) for number in range(crowd.count)]
    return {"count": crowd.count, "openids": openids if crowd.list_openids else []}


async def show(control: Control, name: str) -> dict[str, Any]:
    """GET /control/owners/{openid}."""
    return shown(control.world, control.owner(name))


async def change(control: Control, name: str) -> dict[str, Any]:
    """PATCH /control/owners/{openid} {name?, phone?, unionid?, service_openid?, follows?}."""
    owner = control.owner(name)
    control.world.commit("owner", owner.openid, msgspec.to_builtins(control.read(_OwnerChanges)))
    return shown(control.world, owner)
