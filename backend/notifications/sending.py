"""Makes one call by a message's channel; whatever happens to it is an outcome.

A refusal has happened to nobody, no answer may have happened: the policies of the gateways tell them apart.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from prometheus_client import Counter

from backend import runtime
from backend.foundation import clock, db
from backend.foundation.logging import get_logger
from backend.gateways import sms
from backend.gateways.sms import SmsError
from backend.gateways.wechat.errors import WeChatError, WeChatRefused
from backend.gateways.wechat.policy import Action, Policy, decide
from backend.notifications.claiming import Claimed
from backend.notifications.settling import Outcome
from backend.notifications.troubles import Failure, trouble_of

log = get_logger(__name__)

MAX_ATTEMPTS: Final = 20
"""About two hours of growing pauses, for refusals that concern this one message."""
_LONGEST_PAUSE: Final = timedelta(minutes=10)

OUTCOMES: Final = Counter("wuwei_deliveries_total", "Calls to send a message, by outcome", ["state", "errcode"])

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
_WRONG_OPENID: Final = 40003

_PHONES: Final = "SELECT id, phone_sealed FROM persons WHERE id = ANY($1::uuid[]) AND phone_verified_at IS NOT NULL"


class NoWay(Exception):
    """This installation, or this person, has no such channel any more; the message says which."""


async def phones_of(messages: Iterable[Claimed]) -> dict[UUID, str]:
    """Return the verified numbers of those who get a text message, readable for as long as it takes."""
    people = [message.person_id for message in messages if message.channel == "sms"]
    rows = await db.fetch(_PHONES, people) if people else []
    vault = runtime.current().vault
    return {
        row["id"]: vault.decrypt(row["phone_sealed"], table="persons", column="phone_sealed", row=row["id"])
        for row in rows
        if row["phone_sealed"] is not None
    }


async def send(message: Claimed, phones: Mapping[UUID, str]) -> Outcome:
    """Make one call; never raises."""
    try:
        msgid = await _call(message, phones)
    except NoWay as error:
        outcome = _outcome(message, "refused", reason=str(error), gives_back=True)
    except (WeChatError, SmsError) as error:
        outcome = _failed(message, error)
    except Exception:
        log.exception("delivery.call_broke", delivery=str(message.id))
        outcome = _outcome(message, "unknown", reason="call_broke")
    else:
        outcome = _outcome(message, "sent", msgid=msgid)
    OUTCOMES.labels(outcome.state, str(outcome.errcode or "")).inc()
    return outcome


async def _call(message: Claimed, phones: Mapping[UUID, str]) -> str | None:
    """Send by the message's channel and return the other side's number of it."""
    current = runtime.current()
    if message.channel == "sms":
        return await _text(message, phones)
    if message.channel == "service":
        if current.service_account is None:
            raise NoWay("no_service_account")
        return (
            await current.service_account.send_service(
                message.openid, message.template_id, message.data, message.page, once=message.id.hex
            )
        ).msgid
    return (await current.wechat.send_subscribe(message.openid, message.template_id, message.data, message.page)).msgid


async def _text(message: Claimed, phones: Mapping[UUID, str]) -> str | None:
    """Without a provider the log has a line, and nobody is said to have got anything."""
    gateway, phone = runtime.current().sms, phones.get(message.person_id)
    if phone is None:
        raise NoWay("no_phone")
    receipt = await gateway.send(phone, message.template_id, message.data, reference=str(message.id))
    if not gateway.is_live:
        raise NoWay("no_provider")
    return receipt.id


def _outcome(message: Claimed, state: str, **given: object) -> Outcome:
    return Outcome(
        message.id,
        message.address_id,
        message.template_id,
        state,
        channel=message.channel,
        **given,  # type: ignore[arg-type]
    )


def _failed(message: Claimed, error: Failure) -> Outcome:
    policy = sms.decide(error) if isinstance(error, SmsError) else decide(error)
    errcode = error.errcode if isinstance(error, WeChatRefused) else None
    stops = policy.action is Action.STOP_TEMPLATE
    state = _STATES[policy.action]
    if state == "deferred" and message.attempts + 1 >= MAX_ATTEMPTS and not policy.concerns_all and not stops:
        state = "failed"
    if policy.alert:
        log.error("delivery.refused", error=str(error), meaning=policy.meaning, template_id=message.template_id)
    return _outcome(
        message,
        state,
        reason=policy.meaning,
        errcode=errcode,
        due_at=_next_try(policy, 0 if policy.concerns_all else message.attempts) if state == "deferred" else None,
        without_page=policy.without_page,
        gives_back=state in {"deferred", "failed"},
        stops_template=stops,
        concerns_all=policy.concerns_all,
        rest=policy.rest,
        trouble=trouble_of(policy, error, message),
        ends_here=policy.action is Action.DROP,
        breaks_address=policy.action is Action.DEGRADE and (message.channel != "subscribe" or errcode == _WRONG_OPENID),
    )


def _next_try(policy: Policy, attempts: int) -> datetime:
    """Return the policy's moment; a refusal that repeats itself waits twice as long each time."""
    now = clock.now()
    due = policy.due(now)
    if policy.action is not Action.RETRY:
        return due
    pause = due - now
    return now + max(pause, min(pause * (1 << min(attempts, 12)), _LONGEST_PAUSE))
