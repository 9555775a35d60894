"""Auditors read the trail and have it checked."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend import audit
from backend.access import Actor
from backend.alerts import watching
from backend.foundation.paging import decode_cursor, encode_cursor
from backend.runtime import current
from miniprogram_api.audit.schemas import EntryOut, TrailQuery, VerdictOut
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.schema import Page

READ = "audit.read"


@endpoint(auth=Auth.STAFF, permission=READ, query=TrailQuery, returns=Page[EntryOut], summary="审计记录，最新的在前")
async def trail(request: Request, *, actor: Actor, query: TrailQuery) -> dict[str, Any]:  # noqa: ARG001  every handler is given its request
    after = decode_cursor(query.cursor, UUID)
    wanted = audit.Filter(query.actor, query.action, query.table, query.row, query.since, query.until)
    page = await audit.entries(actor, wanted, before=after[0] if after else None, limit=query.limit)
    items = [{"table": item.pop("table_name"), **item} for item in page.items]
    return {"items": items, "next": encode_cursor(page.next) if page.next else None}


@endpoint(
    auth=Auth.STAFF,
    permission=READ,
    returns=VerdictOut,
    errors=(audit.VerificationRunning,),
    summary="重新校验全部审计记录；同一时间只校验一次",
)
async def verification(request: Request) -> VerdictOut:  # noqa: ARG001
    return VerdictOut.model_validate(await watching.verify_audit(current().settings.data_dir))
