"""What follows a publication, by the outbox and a chunk at a time: people are told, stored answers are renewed.

Each chunk runs in the transaction that removes its item and puts the next one, so that nothing is done twice or lost,
however often a worker dies.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import orjson

from backend import notifications, outbox
from backend.eligibility import compile_rule
from backend.enterprises.catalogue import CATALOGUE
from backend.foundation import clock, db
from backend.outbox import Handler, OutboxItem
from backend.policies import matching, messages, rules
from backend.policies.service import CORRECTED, LIVE_CHANGED, PUBLISHED, RETRACTED, last_day

CHUNK: Final = 2_000
_BEFORE_ALL: Final = UUID(int=0)

_RELEASED = """
SELECT id, policy_id, title, rule, effective_to, apply_until FROM policy_versions
WHERE id = $1 AND state = 'published' AND NOT reference_only
"""
# Surely yes, nothing less; only people who themselves manage a live enterprise, each once, with his first by name.
_RECIPIENTS = """
SELECT b.person_id, count(*) AS enterprises, min(e.name) AS name,
       (array_agg(e.id ORDER BY e.name, e.id))[1] AS enterprise_id
FROM bindings b JOIN enterprises e ON e.id = b.enterprise_id
WHERE b.state = 'active' AND b.role IN ('representative', 'manager') AND (b.until IS NULL OR b.until > $1)
  AND b.person_id > $2 AND e.closed_at IS NULL AND {surely}
GROUP BY b.person_id ORDER BY b.person_id LIMIT {limit}
"""

_TOLD = """
SELECT r.person_id, r.enterprise_id, e.name FROM policy_recipients r JOIN enterprises e ON e.id = r.enterprise_id
WHERE r.version_id = $1 AND r.told_at IS NOT NULL AND r.person_id > $2 ORDER BY r.person_id LIMIT $3
"""


async def tell_published(items: Sequence[OutboxItem]) -> None:
    """Tell whoever surely fits a version that has come out; a withdrawn or ended one is told to nobody."""
    for item in items:
        version = await db.fetch_one(_RELEASED, UUID(item.payload["version_id"]))
        if version is not None:
            await _tell_chunk(dict(version), UUID(item.payload.get("after") or _BEFORE_ALL.hex))


async def renew_answers(items: Sequence[OutboxItem]) -> None:
    """Bring the sets that were current before a change of the rule set up to it; the others wait to be read."""
    for item in items:
        before, after = UUID(item.payload["before"]), UUID(item.payload["after"])
        added = item.payload["version_id"]
        if added is None:
            await matching.keep_current(before, after)
        elif await matching.add_to_current(UUID(added), before, after, limit=CHUNK) == CHUNK:
            await outbox.put(LIVE_CHANGED, item.payload)


async def tell_retracted(items: Sequence[OutboxItem]) -> None:
    """Tell whoever was told of a version that it was withdrawn, and why."""
    for item in items:
        version_id = UUID(item.payload["version_id"])
        version, people = await _told_of(version_id, version_id, item)
        await notifications.tell([messages.retracted(version, one, item.payload["reason"]) for one in people])


async def tell_corrected(items: Sequence[OutboxItem]) -> None:
    """Tell whoever was told of an edition what was wrong with it."""
    for item in items:
        version, people = await _told_of(UUID(item.payload["version_id"]), UUID(item.payload["before"]), item)
        await notifications.tell([messages.corrected(version, one, item.payload["note"]) for one in people])


async def _told_of(version_id: UUID, told_of: UUID, item: OutboxItem) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the version to speak of and the next chunk of those who were told of another; puts the chunk after it."""
    version = await db.fetch_one("SELECT id, policy_id, title FROM policy_versions WHERE id = $1", version_id)
    assert version is not None  # noqa: S101  versions that came out are never deleted
    rows = await db.fetch(_TOLD, told_of, UUID(item.payload.get("after") or _BEFORE_ALL.hex), CHUNK)
    if len(rows) == CHUNK:
        await outbox.put(item.topic, {**item.payload, "after": str(rows[-1]["person_id"])}, key=item.key)
    return dict(version), [dict(row) for row in rows]


async def _tell_chunk(version: Mapping[str, Any], after: UUID) -> None:
    until = last_day(version["effective_to"], version["apply_until"])
    if until is not None and until < clock.today():
        return
    people = await _recipients(version, after)
    await notifications.tell([messages.matched(version, person, until) for person in people])
    if len(people) == CHUNK:
        payload = {"version_id": str(version["id"]), "after": str(people[-1]["person_id"])}
        await outbox.put(PUBLISHED, payload, key=str(version["id"]))


async def _recipients(version: Mapping[str, Any], after: UUID) -> list[dict[str, Any]]:
    rule = rules.parse_stored(orjson.loads(version["rule"]))
    surely = compile_rule(rule, CATALOGUE, clock.today(), first_param=3).surely
    rows = await db.fetch(_RECIPIENTS.format(surely=surely.sql, limit=CHUNK), clock.now(), after, *surely.params)
    return [dict(row) for row in rows]


HANDLERS: Final[Mapping[str, Handler]] = {
    PUBLISHED: tell_published,
    LIVE_CHANGED: renew_answers,
    RETRACTED: tell_retracted,
    CORRECTED: tell_corrected,
}
