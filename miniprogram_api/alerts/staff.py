"""Who operates reads what is wrong and says that he looks after it."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sanic import Request

from backend import alerts, staff
from backend.access import Actor
from backend.alerts import queries
from backend.alerts.acknowledging import PERMISSION as ACKNOWLEDGE
from backend.alerts.errors import AlertNotFound
from backend.alerts.queries import PERMISSION as WATCH
from backend.alerts.queries import Alert
from miniprogram_api.alerts.schemas import AlertOut, AlertsQuery
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.schema import CountedPage


@endpoint(
    auth=Auth.STAFF, permission=WATCH, query=AlertsQuery, returns=CountedPage[AlertOut], summary="运行告警，最新的在前"
)
async def listing(request: Request, *, actor: Actor, query: AlertsQuery) -> dict[str, Any]:  # noqa: ARG001  every handler is given its request
    page = await queries.page(actor, with_cleared=query.state == "all", cursor=query.cursor, limit=query.limit)
    return {**page, "items": await _named(page["items"])}


@endpoint(
    auth=Auth.STAFF,
    permission=ACKNOWLEDGE,
    returns=AlertOut,
    errors=(AlertNotFound,),
    summary="接手一条告警；原因消除后告警自动结束",
)
async def acknowledge(request: Request, alert_id: UUID, *, actor: Actor) -> AlertOut:  # noqa: ARG001
    [told] = await _named([await alerts.acknowledge(alert_id, actor=actor)])
    return told


async def _named(found: Sequence[Alert]) -> list[AlertOut]:
    """Return alerts with the names of who looks after them, by one statement: who operates may not read accounts."""
    names = await staff.names({one.acknowledged_by for one in found})
    return [
        AlertOut.model_validate({**asdict(one), "acknowledged_by_name": names.get(one.acknowledged_by)})
        for one in found
    ]
