"""Tickets of owners, and the scanners that read them at the door, with a network or without."""

from typing import Any, Final
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.foundation.errors import Forbidden
from backend.foundation.states import WrongState
from backend.identity.errors import ReadOnly
from backend.salons import errors
from backend.salons.door import attending, scanning, tickets
from backend.salons.door.scanning import Read
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import Reply
from miniprogram_api.salons.door_schemas import (
    AttendanceOut,
    CheckInBundleOut,
    ReissueTicket,
    ScanOut,
    ScansOut,
    TicketOut,
    UndoScan,
    UploadScans,
)

_READ: Final = "salons.read"
_RUN: Final = "salons.run"
_SECRET: Final = {"Cache-Control": "no-store"}
_NO_TICKET: Final = (errors.SignupUnknown, errors.NoTicket)
_DOOR: Final = (errors.SalonUnknown, Forbidden)


@endpoint(auth=Auth.OWNER, returns=TicketOut, errors=_NO_TICKET, summary="入场码")
async def ticket(request: Request, signup_id: UUID, *, actor: Actor) -> Reply:  # noqa: ARG001
    found = await tickets.shown(signup_id, actor=actor)
    return Reply({**found, "svg": tickets.svg(found["token"])}, headers=_SECRET)


@endpoint(auth=Auth.OWNER, errors=_NO_TICKET, summary="入场码图片（PNG）")
async def picture(request: Request, signup_id: UUID, *, actor: Actor) -> Reply:  # noqa: ARG001
    found = await tickets.shown(signup_id, actor=actor)
    return Reply(tickets.png(found["token"]), headers=_SECRET, content_type="image/png")


@endpoint(auth=Auth.OWNER, body=ReissueTicket, errors=(*_NO_TICKET, ReadOnly), summary="更换入场码，原来的随即作废")
async def reissue(request: Request, signup_id: UUID, *, actor: Actor, body: ReissueTicket) -> None:  # noqa: ARG001
    await tickets.reissue(signup_id, body.reason, actor=actor)


@endpoint(
    auth=Auth.STAFF,
    permission=_RUN,
    body=ReissueTicket,
    errors=(*_NO_TICKET, WrongState, Forbidden),
    summary="代经营者更换入场码",
)
async def reissue_for(request: Request, signup_id: UUID, *, actor: Actor, body: ReissueTicket) -> None:  # noqa: ARG001
    await tickets.reissue(signup_id, body.reason, actor=actor)


@endpoint(
    auth=Auth.STAFF,
    permission=_RUN,
    returns=CheckInBundleOut,
    errors=_DOOR,
    summary="离线签到包：公钥、签到时间和已作废的入场码",
)
async def bundle(request: Request, salon_id: UUID, *, actor: Actor) -> Reply:  # noqa: ARG001
    return Reply(await tickets.bundle(salon_id, actor=actor), headers=_SECRET)


@endpoint(
    auth=Auth.STAFF,
    permission=_RUN,
    body=UploadScans,
    returns=ScansOut,
    errors=(*_DOOR, errors.ScanReused, WrongState),
    summary="签到：联网时逐条，离线时事后批量上传，多台设备自动合并",
)
async def scan(request: Request, salon_id: UUID, *, actor: Actor, body: UploadScans) -> dict[str, Any]:  # noqa: ARG001
    reads = [Read(device=body.device, **one.model_dump()) for one in body.scans]
    return {"items": await scanning.receive(salon_id, reads, actor=actor)}


@endpoint(
    auth=Auth.STAFF,
    permission=_RUN,
    body=UndoScan,
    returns=ScanOut,
    errors=(errors.ScanUnknown, errors.ScanUndone, WrongState, *_DOOR),
    summary="撤销一次扫码",
)
async def undo(request: Request, scan_id: UUID, *, actor: Actor, body: UndoScan) -> dict[str, Any]:  # noqa: ARG001
    return await scanning.undo(scan_id, body.reason, actor=actor)


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    returns=AttendanceOut,
    errors=(errors.SalonUnknown,),
    summary="到场情况：场内人数、一票多次进场、未放行的扫码",
)
async def attendance(request: Request, salon_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await attending.standing(salon_id, actor=actor)
