"""What a client asks before anything else: is the service there, what time is it, is this client new enough."""

from datetime import datetime

from sanic import Request

from backend.foundation import clock
from backend.runtime import current
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.schema import At, Out


class AboutOut(Out):
    name: str
    now: At
    minimum_client: str


@endpoint(auth=Auth.PUBLIC, returns=AboutOut, summary="服务名称、当前时间和最低客户端版本")
async def about(request: Request) -> AboutOut:  # noqa: ARG001  every handler is given its request
    now: datetime = clock.now()
    return AboutOut(name="无微不至", now=now, minimum_client=current().settings.minimum_client)
