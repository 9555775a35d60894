"""Policies as something to broadcast: whom a version is for, and what each of them is told when his turn comes.

A publication tells a short list by itself (`spreading.py`); a long one becomes a broadcast that waits for a second
person. Staff can broadcast a published version too: at a time, or again and again to whoever has not heard of it.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend.access import Actor
from backend.foundation import clock, db
from backend.notifications import Message, broadcasts
from backend.notifications.broadcasts.errors import NothingToBroadcast
from backend.policies import messages, rules
from backend.policies.editing.timing import last_day
from backend.policies.telling import left_behind, recipients

NAME: Final = "policies"
KIND: Final = "policy_matched"

_VERSION: Final = """
SELECT id, policy_id, title, rule_hash, effective_to, apply_until, correction, pushes_paused_at, author_id,
       edited_by, reviewer_id
FROM policy_versions WHERE {} AND state = 'published' AND NOT reference_only
"""
_OF_POLICY: Final = _VERSION.format("policy_id = $1")
# Locked against a withdrawal: it comes before this slice, or it finds in `told_at` everyone whom the slice told.
_BY_ID: Final = _VERSION.format("id = $1") + "FOR SHARE"
# Whoever has not heard and stands in no broadcast that may still tell him, nor in a welcome (`welcoming.py`).
_TAKE: Final = """
UPDATE policy_recipients r SET broadcast_id = $2
WHERE r.version_id = $1 AND r.told_at IS NULL AND r.found_by <> 'correction' AND (
    r.broadcast_id IS NULL
    OR r.broadcast_id IN (
        SELECT id FROM broadcasts
        WHERE (origin_id = $1 OR origin = 'policy_welcomes') AND state IN ('done', 'cancelled')))
"""
_CHOSEN: Final = """
SELECT person_id, enterprise_id FROM policy_recipients WHERE version_id = $1 AND broadcast_id = $2 AND told_at IS NULL
"""
_ROWS: Final = f"""
SELECT r.person_id, r.enterprise_id, r.found_by, {recipients.HAS_HEARD} AS has_heard FROM policy_recipients r
WHERE r.version_id = $1 AND r.person_id = ANY($2::uuid[]) AND r.told_at IS NULL
ORDER BY r.person_id FOR UPDATE OF r
"""
_TOLD: Final = "UPDATE policy_recipients SET told_at = $3 WHERE version_id = $1 AND person_id = ANY($2::uuid[])"
_DROP: Final = "DELETE FROM policy_recipients WHERE version_id = $1 AND person_id = ANY($2::uuid[])"
_LOOK_AGAIN: Final = """
DELETE FROM policy_checked k USING bindings b WHERE b.id = k.binding_id AND b.person_id = ANY($1::uuid[])
"""


async def hold(version_id: UUID) -> UUID:
    """Let everybody who was found for a version wait for the release of the whole list."""
    version = await _live(_BY_ID, version_id)
    if version is None:
        raise NothingToBroadcast
    return await broadcasts.hold(NAME, ORIGIN, _draft(version))


async def draft(policy_id: UUID, actor: Actor) -> broadcasts.Draft:
    """Return what a broadcast of a policy's live version says; raises NothingToBroadcast."""
    actor.require("policies.read")
    version = await _live(_OF_POLICY, policy_id)
    if version is None:
        raise NothingToBroadcast
    return _draft(version)


async def gather(one: broadcasts.Broadcast) -> broadcasts.Selection:
    """Find whom the version surely fits, and take everybody who has not heard of it into the broadcast."""
    version = await _live(_BY_ID, one.origin_id)
    if version is None:
        raise broadcasts.OriginOver
    if not await left_behind.is_known(version["rule_hash"]):
        raise broadcasts.OriginHolds(left_behind.WHY)
    await recipients.freeze(one.origin_id)
    await db.execute(_TAKE, one.origin_id, one.id)
    return broadcasts.Selection(_CHOSEN, (one.origin_id, one.id))


async def compose(one: broadcasts.Broadcast, people: Sequence[broadcasts.Recipient]) -> broadcasts.Composed:
    """Write to whoever the version still fits; the others are left out, and found again should it fit them later."""
    version = await _live(_BY_ID, one.origin_id)
    if version is None:
        raise broadcasts.OriginOver
    if version["pushes_paused_at"] is not None:
        raise broadcasts.OriginHolds("该政策的准确率偏低，推送已暂停。")
    if not await left_behind.is_known(version["rule_hash"]):
        raise broadcasts.OriginHolds(left_behind.WHY)
    asked = [person.person_id for person in people]
    rows = await db.fetch(_ROWS, one.origin_id, asked)
    written, gone = await compose_for(version, rows, _until(version))
    reached = {message.recipient for message in written}
    why = {person: "fits_no_more" if person in gone else "heard_already" for person in asked if person not in reached}
    return broadcasts.Composed(written, why)


async def compose_for(
    version: Mapping[str, Any], waiting: Sequence[Record], until: date | None
) -> tuple[list[Message], set[UUID]]:
    """Return what recipients are told and who no longer fits; both are noted, in the open transaction.

    Who no longer fits is forgotten, so that he can be found again. While nobody can tell whom the version fits, for a
    release left its rule behind, only corrections are told.
    """
    rule = (await rules.parsed({version["rule_hash"]})).get(version["rule_hash"])
    found = [row["person_id"] for row in waiting if row["found_by"] != "correction"] if rule else []
    fits = await recipients.fitting(rule, found) if rule and found else {}
    told = [row for row in waiting if row["found_by"] == "correction" or row["person_id"] in fits]
    await db.execute(_TOLD, version["id"], [row["person_id"] for row in told], clock.now())
    gone = [person for person in found if person not in fits]
    if gone:
        await db.execute(_DROP, version["id"], gone)
        await db.execute(_LOOK_AGAIN, gone)
    return [_message(version, row, fits, until) for row in told if not row["has_heard"]], set(gone)


async def _live(sql: str, of: UUID) -> dict[str, Any] | None:
    """Return a version that is out and not over."""
    row = await db.fetch_one(sql, of)
    if row is None:
        return None
    until = _until(row)
    return dict(row) if until is None or until >= clock.today() else None


def _until(version: Mapping[str, Any] | Record) -> date | None:
    return last_day(version["effective_to"], version["apply_until"])


def _draft(version: Mapping[str, Any]) -> broadcasts.Draft:
    """Take what all messages share from one as it would be written."""
    some = messages.matched(version, {"person_id": UUID(int=0), **_NOBODY}, _until(version))
    shared = {name: text for name, text in some.fields.items() if name not in SAMPLE}
    makers = {version[name] for name in ("author_id", "edited_by", "reviewer_id")} - {None}
    return broadcasts.Draft(
        kind=KIND,
        origin_id=version["id"],
        title=version["title"],
        fields=shared,
        page=f"pages/policy/detail?id={version['policy_id']}",
        not_after=some.not_after,
        makers=tuple(makers),
    )


def _message(
    version: Mapping[str, Any], row: Record, fits: Mapping[UUID, Mapping[str, Any]], until: date | None
) -> Message:
    if row["found_by"] == "correction":
        return messages.corrected(version, dict(row), version["correction"])
    return messages.matched(version, fits[row["person_id"]], until)


SAMPLE: Final = {"enterprise": "您的企业（试发）"}
_NOBODY: Final = {"enterprise_id": UUID(int=0), "name": "", "enterprises": 1}
ORIGIN: Final = broadcasts.Origin(draft=draft, gather=gather, compose=compose, sample=SAMPLE)
