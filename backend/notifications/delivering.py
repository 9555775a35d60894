"""Delivers what is due: claims, commits `sending` for a slice, calls WeChat, settles; again until nothing is due."""

import asyncio
import time
from typing import Final

from backend import runtime
from backend.foundation import clock
from backend.foundation.logging import get_logger
from backend.gateways.wechat.errors import WeChatError, WeChatRefused
from backend.gateways.wechat.policy import Action, decide
from backend.notifications.claiming import LEASE, Batch, Claimed, claim
from backend.notifications.settling import Outcome, begin, settle

log = get_logger(__name__)

BATCH: Final = 500
MAX_ATTEMPTS: Final = 8

# What becomes of a delivery whose call failed this way.
_STATES: Final = {
    Action.RETRY: "deferred",
    Action.DEFER: "deferred",
    Action.DROP: "failed",
    Action.DEGRADE: "refused",
    Action.STOP_TEMPLATE: "deferred",
    Action.PAGE: "deferred",
    Action.SETTLE: "unknown",
}


async def deliver(budget: float = 20.0) -> int:
    """Send what is due for at most about `budget` seconds and return how many calls were made."""
    sent = 0
    settings = runtime.current().settings
    deadline = time.monotonic() + budget
    while time.monotonic() < deadline:
        batch = await claim(BATCH, settings)
        if not batch.looked_at:
            break
        sent += await _send_batch(batch, settings.send_concurrency)
    return sent


async def _send_batch(batch: Batch, width: int) -> int:
    count = 0
    for start in range(0, len(batch.messages), width):
        part = batch.messages[start : start + width]
        ours = await begin([message.id for message in part], batch.claim, LEASE)
        mine = [message for message in part if message.id in ours]
        outcomes = await asyncio.gather(*(_send(message) for message in mine))
        await settle(outcomes)
        count += len(outcomes)
    return count


async def _send(message: Claimed) -> Outcome:
    """Make one call; whatever happens to it is an outcome."""
    wechat = runtime.current().wechat
    try:
        receipt = await wechat.send_subscribe(message.openid, message.template_id, message.data, message.page)
    except WeChatError as error:
        return _failed(message, error)
    return Outcome(message.id, message.address_id, message.template_id, "sent", msgid=receipt.msgid)


def _failed(message: Claimed, error: WeChatError) -> Outcome:
    policy = decide(error)
    errcode = error.errcode if isinstance(error, WeChatRefused) else None
    state = _STATES[policy.action]
    if state == "deferred" and message.attempts + 1 >= MAX_ATTEMPTS:
        state = "failed"
    if policy.alert:
        log.error("wechat_send_failed", errcode=errcode, meaning=policy.meaning, template_id=message.template_id)
    return Outcome(
        id=message.id,
        address_id=message.address_id,
        template_id=message.template_id,
        state=state,
        reason=policy.meaning,
        errcode=errcode,
        due_at=policy.due(clock.now()) if state == "deferred" else None,
        without_page=policy.without_page,
        gives_back=state in {"deferred", "failed"},
        stops_template=policy.action is Action.STOP_TEMPLATE,
    )
