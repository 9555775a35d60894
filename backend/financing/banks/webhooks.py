"""Tells a bank's program what its desk is told: which referral and what happened, never of whom.

From the outbox, at least once, each try signed anew with the client's key (`gateways/webhook.py`); the receiver knows a
repetition by its delivery id, which stays the same.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from backend import outbox, runtime
from backend.financing.banks.clients import TABLE
from backend.financing.models import Referral
from backend.foundation import clock, db
from backend.gateways.webhook import WebhookFailed, open_webhook
from backend.outbox import ExpectedFailure, NewItem, OutboxItem, Outside, SomeFailed

TOPIC: Final = "financing.webhook"
"""Outbox topic: a bank's program is to be told; payload {client_id, event, referral_id, number, at}."""
TOPICS: Final = (TOPIC,)

_CLIENTS: Final = """
SELECT k.id FROM financing_clients k JOIN financing_desk_people p ON p.staff_id = k.staff_id AND p.ended_at IS NULL
WHERE p.desk_id = $1 AND k.revoked_at IS NULL AND k.webhook_url IS NOT NULL ORDER BY k.id
"""
# Looked at again when it is delivered: who has left the desk meanwhile is told nothing of it.
_ONE: Final = """
SELECT k.id, k.webhook_url, k.key_sealed FROM financing_clients k
JOIN financing_desk_people p ON p.staff_id = k.staff_id AND p.ended_at IS NULL
JOIN financing_referrals r ON r.desk_id = p.desk_id
WHERE k.id = $1 AND k.revoked_at IS NULL AND r.id = $2
"""


async def put(event: str, referral: Referral) -> None:
    """Have the programs of a referral's desk told of an event, in the caller's transaction."""
    told = {
        "event": event,
        "referral_id": str(referral.id),
        "number": referral.number,
        "state": referral.state.value,
        "at": clock.now().isoformat(timespec="seconds"),
    }
    rows = await db.fetch(_CLIENTS, referral.desk_id)
    if rows:
        clients = [str(row["id"]) for row in rows]
        await outbox.put_many([NewItem(TOPIC, {**told, "client_id": one}, key=one) for one in clients])


async def deliver(items: Sequence[OutboxItem]) -> None:
    """Post each item; those that are not taken come again."""
    failures: dict[UUID, BaseException] = {}
    for item in items:
        try:
            await _post(item)
        except WebhookFailed as error:
            failures[item.id] = ExpectedFailure(str(error))
    if failures:
        raise SomeFailed(failures)


async def _post(item: OutboxItem) -> None:
    row = await db.fetch_one(_ONE, UUID(item.payload["client_id"]), UUID(item.payload["referral_id"]))
    if row is None or row["webhook_url"] is None:
        return
    key = runtime.current().vault.decrypt(row["key_sealed"], table=TABLE, column="key_sealed", row=row["id"])
    message: Mapping[str, Any] = {name: value for name, value in item.payload.items() if name != "client_id"}
    public_only = runtime.current().settings.bank_callbacks == "public"
    async with open_webhook(row["webhook_url"], key, public_only=public_only) as webhook:
        await webhook.post(message, delivery=str(item.id))


HANDLERS: Final = {TOPIC: Outside(deliver)}
