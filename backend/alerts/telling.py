"""Tells a webhook, when one is set, that an alert opened or is over: by the outbox, so that none is lost."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import orjson
from prometheus_client import Counter

from backend import outbox, runtime
from backend.alerts.kinds import KINDS
from backend.gateways.webhook import WebhookFailed, open_webhook
from backend.outbox import Handler, NewItem, OutboxItem, Outside, SomeFailed

TOPIC: Final = "alerts.told"
TOPICS: Final = (TOPIC,)

CALLS: Final = Counter("wuwei_alert_webhook_total", "Alerts told to the webhook, by outcome", ["outcome"])


async def tell(event: Literal["opened", "cleared"], rows: Sequence[Any], *, at: datetime | None = None) -> None:
    """Note in the running transaction what the webhook is to be told; nothing without one."""
    if rows and _is_wanted():
        await outbox.put_many([NewItem(TOPIC, _payload(event, row, at), key=str(row["id"])) for row in rows])


def _is_wanted() -> bool:
    try:
        return bool(runtime.current().settings.alert_webhook_url)
    except runtime.NotRunning:
        return False


def _payload(event: str, row: Any, at: datetime | None) -> dict[str, Any]:
    kind = KINDS[row["kind"]]
    return {
        "event": event,
        "alert_id": str(row["id"]),
        "kind": kind.key,
        "key": row["key"],
        "severity": row["severity"],
        "title": kind.title,
        "action": kind.action,
        "runbook": kind.runbook,
        "detail": orjson.loads(row["detail"]),
        "times": row["times"],
        "opened_at": row["opened_at"].isoformat(),
        "at": (at or row["last_at"]).isoformat(),
    }


async def _post(items: Sequence[OutboxItem]) -> None:
    """Post each; after the first that fails the rest waits too, for it is the same receiver."""
    settings = runtime.current().settings
    failures: dict[UUID, BaseException] = {}
    async with open_webhook(settings.alert_webhook_url, settings.alert_webhook_secret.get_secret_value()) as webhook:
        for item in items:
            if failures:
                failures[item.id] = next(iter(failures.values()))
                continue
            try:
                await webhook.post(item.payload, delivery=str(item.id))
            except WebhookFailed as error:
                failures[item.id] = error
    CALLS.labels("done").inc(len(items) - len(failures))
    CALLS.labels("failed").inc(len(failures))
    if failures:
        raise SomeFailed(failures)


async def _told(items: Sequence[OutboxItem]) -> None:
    """What was noted while a webhook was set is let go when there is none any more."""
    if _is_wanted():
        await _post(items)


HANDLERS: Final[Mapping[str, Handler | Outside]] = {TOPIC: Outside(_told)}
