"""What the SMS provider calls: its delivery reports, stored and answered at once; a worker applies them."""

from typing import Final

from sanic import Request

from backend.foundation.errors import NotFound
from backend.foundation.logging import get_logger
from backend.gateways.sms import reports
from backend.notifications import callbacks
from backend.runtime import current
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import TEXT, Reply
from miniprogram_api.wechat.events import wake_worker

log = get_logger(__name__)

LARGEST_BODY: Final = 256 * 1024
_TAKEN: Final = "application/json"


@endpoint(auth=Auth.PUBLIC, summary="接收短信服务商推送的状态报告", documented=False)
async def receive(request: Request, secret: str) -> Reply:
    if not reports.is_ours(secret, current().settings):
        raise NotFound
    if len(request.body) > LARGEST_BODY:
        return Reply("too large", status=413, content_type=TEXT)
    try:
        event = reports.read(request.body)
    except reports.Unreadable as error:
        log.warning("sms.report_refused", reason=str(error), address=request.ctx.address)
        return Reply("unreadable", status=400, content_type=TEXT)
    if await callbacks.receive(reports.ACCOUNT, event):
        await wake_worker()
    return Reply(reports.TAKEN, content_type=_TAKEN)
