"""Faults, settings, time: how the stand-in behaves from now on."""

import gc
from typing import Annotated, Any, Literal

import msgspec

from sandbox import clock
from sandbox.control.request import Control, Mistake
from sandbox.errcodes import TEXTS
from sandbox.faults import FaultRule
from sandbox.switches import Switches


class _Advance(msgspec.Struct, forbid_unknown_fields=True):
    seconds: Annotated[int, msgspec.Meta(ge=0, le=366 * 24 * 3_600)]


class _End(msgspec.Struct, forbid_unknown_fields=True):
    how: Literal["revoked", "expired"] = "revoked"


async def list_faults(control: Control) -> dict[str, Any]:
    """GET /control/faults; `known_errcodes` are those with WeChat's own text."""
    return {"items": [fault.shown() for fault in control.world.faults.all], "known_errcodes": sorted(TEXTS)}


async def add_fault(control: Control) -> dict[str, Any]:
    """POST /control/faults: see `faults.FaultRule`."""
    return control.world.faults.add(control.read(FaultRule)).shown()


async def clear_faults(control: Control) -> dict[str, Any]:
    """DELETE /control/faults."""
    control.world.faults.clear()
    return {"items": []}


async def remove_fault(control: Control, number: int) -> dict[str, Any]:
    """DELETE /control/faults/{id}."""
    if not control.world.faults.remove(number):
        raise Mistake(404, f"no fault has the id {number}")
    return {"removed": number}


async def show(control: Control) -> Any:
    """GET /control/settings."""
    return msgspec.to_builtins(control.world.switches)


async def change(control: Control) -> Any:
    """PATCH /control/settings with any fields of `switches.Switches`."""
    world, changes = control.world, control.read(dict[str, Any])
    try:
        msgspec.convert({**msgspec.to_builtins(world.switches), **changes}, Switches)
    except msgspec.ValidationError as error:
        raise Mistake(400, str(error)) from error
    world.commit("switches", changes)
    control.pusher.resize()
    return msgspec.to_builtins(world.switches)


async def advance_clock(control: Control) -> dict[str, str]:
    """POST /control/clock {seconds}: codes and tokens age."""
    control.world.commit("clock", control.read(_Advance).seconds * clock.SECOND)
    return {"now": clock.text(control.world.clock.now())}


async def end_tokens(control: Control) -> dict[str, int]:
    """POST /control/tokens/end {how}: all tokens are unknown (40001) or past their time (42001) from now on."""
    how, world = control.read(_End).how, control.world
    values = list(world.tokens.known)
    for value in values:
        if how == "revoked":
            world.commit("token_revoked", value)
        else:
            world.commit("token_shortened", value, world.clock.now())
    return {"ended": len(values)}


async def reset(control: Control) -> dict[str, bool]:
    """POST /control/reset: as on the first day, the journal too; template file and environment stay."""
    control.world.reset()
    control.pusher.forget()
    control.pusher.resize()
    gc.collect()
    return {"reset": True}
