"""Works off what WeChat and the SMS provider pushed: credits, opt-outs, privacy events, the proof of deliveries."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson

from backend import alerts, moderation
from backend.foundation import clock, db
from backend.foundation.logging import get_logger
from backend.gateways.sms import reports as sms_reports
from backend.notifications import credits as ledger
from backend.notifications import followers, privacy, proof
from backend.notifications.locking import lock_addresses
from backend.notifications.proof import Reported, Sent

log = get_logger(__name__)

BATCH: Final = 500
LAID_ASIDE: Final = "callback_laid_aside"
_LONGEST_KIND: Final = 100

# One at a time, so that what an owner did is applied in the order in which he did it.
_ALONE = "SELECT pg_try_advisory_xact_lock(hashtext('notifications.events'))"
_TAKE = "SELECT id, account, event FROM callback_events WHERE handled_at IS NULL ORDER BY id LIMIT $1"
_DONE = "UPDATE callback_events e SET handled_at = $2 FROM unnest($1::uuid[]) AS t (id) WHERE e.id = t.id"
_ADDRESSES = """
SELECT a.id FROM addresses a JOIN unnest($1::text[], $2::text[]) AS t (account, openid) USING (account, openid)
WHERE a.channel IN ('subscribe', 'service')
UNION SELECT address_id FROM deliveries WHERE id = ANY($3::uuid[]) AND channel = 'sms'
"""


@dataclass(frozen=True, slots=True)
class Push:
    """One stored push, as the callback door told it."""

    id: UUID
    account: str
    event: Mapping[str, Any]

    @property
    def kind(self) -> str:
        return str(self.event["kind"])

    @property
    def openid(self) -> str | None:
        openid: str | None = self.event["openid"]
        return openid

    @property
    def reports(self) -> list[Reported]:
        """Return what the SMS provider reported, () for what WeChat pushed."""
        items = self.event["items"] if self.kind == sms_reports.KIND else ()
        return [found for item in items if (found := Reported.of(item))]

    def answers(self, wanted: str) -> list[str]:
        """Return the templates to which the owner answered `wanted`."""
        return [
            item["TemplateId"]
            for item in self.event["items"]
            if item.get("SubscribeStatusString") == wanted and item.get("TemplateId")
        ]


async def handle(limit: int = BATCH) -> int:
    """Work off up to `limit` pushes and return how many; repeat until 0.

    Should they fail together each is tried alone, and one that fails alone is laid aside and told to the operators: it
    holds no other.
    """
    taken: list[Push] = []
    try:
        await _work_off(limit, taken)
    except Exception as error:
        if not taken or isinstance(error, db.TRANSIENT):
            raise
        if len(taken) > 1:
            log.warning("callback_events.failed", events=len(taken), error=type(error).__name__)
            return sum([await handle(1) for _ in taken])
        log.exception("callback_event.laid_aside", event_id=str(taken[0].id), kind=taken[0].kind)
        async with db.transaction():
            await db.execute(_DONE, [taken[0].id], clock.now())
            await alerts.open_alert(LAID_ASIDE, taken[0].kind[:_LONGEST_KIND], event_id=str(taken[0].id))
    return len(taken)


async def _work_off(limit: int, taken: list[Push]) -> None:
    async with db.transaction():
        if await db.fetch_value(_ALONE):
            taken += [Push(r["id"], r["account"], orjson.loads(r["event"])) for r in await db.fetch(_TAKE, limit)]
        if taken:
            await db.plan_once()
            await _lock(taken)
            await _apply(taken)
            await db.execute(_DONE, [push.id for push in taken], clock.now())


async def _lock(pushes: Sequence[Push]) -> None:
    """Hold every address that is spoken of, all at once and in order."""
    told = [push for push in pushes if push.openid]
    reported = [one.id for push in pushes for one in push.reports]
    held = await db.fetch(_ADDRESSES, [push.account for push in told], [push.openid for push in told], reported)
    await lock_addresses([row["id"] for row in held])


async def _apply(pushes: Sequence[Push]) -> None:
    sent = [push for push in pushes if push.kind == "subscribe_msg_sent_event"]
    told = [Sent.of(p.account, p.openid, item) for p in sent if p.openid for item in p.event["items"]]
    finished = [push for push in pushes if push.kind == "TEMPLATESENDJOBFINISH"]
    told += [Sent.of_job(push.account, push.openid, push.event["raw"]) for push in finished if push.openid]
    if told:
        await proof.confirm(told)
    if reported := [one for push in pushes for one in push.reports]:
        await proof.report(reported)
    for push in pushes:
        handler = _HANDLERS.get(push.kind)
        if handler is not None:
            await handler(push)


async def _popup(push: Push) -> None:
    if push.openid:
        await ledger.popup(push.account, push.openid, push.answers("accept"), push.answers("reject"))


async def _change(push: Push) -> None:
    if push.openid:
        await ledger.opted_out(push.account, push.openid, push.answers("reject"))


async def _followed(push: Push) -> None:
    if push.openid:
        await followers.follow(push.account, push.openid)


async def _left(push: Push) -> None:
    if push.openid:
        await followers.unfollow(push.account, push.openid)


async def _withdrawn(push: Push) -> None:
    await privacy.withdrawn(push.kind, push.account, push.openid, str(push.event["raw"].get("RevokeInfo") or ""))


async def _judged(push: Push) -> None:
    await moderation.pushed(push.event["raw"])


_HANDLERS: Final[Mapping[str, Callable[[Push], Awaitable[None]]]] = {
    "subscribe_msg_popup_event": _popup,
    "subscribe_msg_change_event": _change,
    "subscribe": _followed,
    "unsubscribe": _left,
    moderation.EVENT: _judged,
    "user_authorization_cancellation": _withdrawn,
    "user_authorization_revoke": _withdrawn,
}
