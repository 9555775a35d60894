"""Who operates reads what is wrong and says that he looks after it."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend import alerts
from backend.access import Actor
from backend.alerts import queries
from backend.alerts.acknowledging import PERMISSION as ACKNOWLEDGE
from backend.alerts.errors import AlertNotFound
from backend.alerts.queries import PERMISSION as WATCH
from miniprogram_api.alerts.schemas import AlertOut, AlertsQuery
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.schema import CountedPage


@endpoint(
    auth=Auth.STAFF, permission=WATCH, query=AlertsQuery, returns=CountedPage[AlertOut], summary="运行告警，最新的在前"
)
async def listing(request: Request, *, actor: Actor, query: AlertsQuery) -> dict[str, Any]:  # noqa: ARG001  every handler is given its request
    page = await queries.page(actor, with_cleared=query.state == "all", cursor=query.cursor, limit=query.limit)
    return {**page, "items": [AlertOut.model_validate(item) for item in page["items"]]}


@endpoint(
    auth=Auth.STAFF,
    permission=ACKNOWLEDGE,
    returns=AlertOut,
    errors=(AlertNotFound,),
    summary="接手一条告警；原因消除后告警自动结束",
)
async def acknowledge(request: Request, alert_id: UUID, *, actor: Actor) -> AlertOut:  # noqa: ARG001
    return AlertOut.model_validate(await alerts.acknowledge(alert_id, actor=actor))
