"""Asks WeChat about what is due: claimed in one statement, asked outside any transaction, settled in another.

Fail closed: only an answered "pass" lets a piece through. A piece that is answered otherwise, refused with a code that
asking again does not mend, or not answered in its time, goes to staff. A worker that dies between answer and row leaves
a piece that is due again a minute later: it is asked about twice, and the verdict on a picture's first question, which
nobody wrote down, is never looked at.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from asyncpg import Record

from backend import alerts, files, runtime
from backend.foundation import clock, db
from backend.foundation.logging import get_logger
from backend.gateways.wechat.errors import WeChatError, WeChatRefused
from backend.gateways.wechat.policy import Action, decide
from backend.moderation import standing, verdicts

log = get_logger(__name__)

TEXTS: Final = 8
MEDIA: Final = 1
"""Pieces of one claim, asked about side by side: what a job begins has ended well before a job is stopped. Pictures go
one after the other: asked about in quick succession WeChat is said to have passed them all."""
LEASE: Final = timedelta(seconds=60)
"""Longer than a call with all its tries takes, each within 8 s."""
ANSWERED_WITHIN: Final = timedelta(minutes=40)
"""WeChat promises a verdict on a picture within 30 minutes."""
TRIED_FOR: Final = timedelta(minutes=15)
"""For how long a piece is tried before staff look at it instead: whoever asked must not wait for WeChat's outage."""
LINK_VALID: Final = timedelta(hours=2)
_PASSES: Final = "pass"
NO_OPENID: Final = "no_openid"
UNANSWERED: Final = "unanswered"
FAILED: Final = "failed"
_FINAL: Final = frozenset({Action.DROP, Action.DEGRADE, Action.STOP_TEMPLATE})

_CLAIM: Final = """
WITH due AS (
    SELECT id FROM moderation_parts
    WHERE kind = $1 AND state = 'waiting' AND next_at <= $2 ORDER BY next_at LIMIT $3 FOR UPDATE SKIP LOCKED
), mine AS (
    UPDATE moderation_parts SET next_at = $2::timestamptz + $4::interval, tries = tries + 1
    WHERE id IN (SELECT id FROM due) RETURNING id, subject_id, file_id, tries, created_at
)
SELECT m.id, m.subject_id, m.file_id, m.tries, m.created_at, s.scene, w.body, (
    SELECT a.openid FROM wechat_accounts a WHERE a.person_id = s.person_id AND a.appid = $5
    ORDER BY a.last_seen_at DESC LIMIT 1
) AS openid
FROM mine m JOIN moderation_subjects s ON s.id = m.subject_id LEFT JOIN moderation_words w ON w.part_id = m.id
"""
# Only what is still ours: a piece whose lease ended is another worker's.
_SETTLE: Final = """
UPDATE moderation_parts p SET
    state = t.state, suggest = t.suggest, label = t.label, errcode = t.errcode, trace_id = t.trace_id,
    next_at = t.next_at, settled_at = CASE WHEN t.next_at IS NULL THEN $1::timestamptz END
FROM unnest($2::uuid[], $3::int[], $4::text[], $5::text[], $6::int[], $7::int[], $8::text[], $9::timestamptz[])
    AS t (id, tries, state, suggest, label, errcode, trace_id, next_at)
WHERE p.id = t.id AND p.tries = t.tries AND p.state = 'waiting'
RETURNING p.subject_id, p.trace_id
"""
_GIVE_UP: Final = """
UPDATE moderation_parts SET state = 'held', suggest = $2, next_at = NULL, settled_at = $1
WHERE id = ANY ($3::uuid[]) AND state = 'asked' AND next_at <= $1
"""
_UNANSWERED: Final = """
SELECT id, subject_id FROM moderation_parts WHERE state = 'asked' AND next_at <= $1 ORDER BY next_at LIMIT 500
"""


@dataclass(frozen=True, slots=True)
class _Due:
    """One claimed piece, with whatever is needed to ask about it."""

    id: UUID
    subject_id: UUID
    file_id: UUID | None
    tries: int
    created_at: datetime
    scene: int
    body: str | None
    openid: str | None


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came of one question; with `next_at` it is asked again or waits for its push."""

    due: _Due
    state: str
    suggest: str | None = None
    label: int | None = None
    errcode: int | None = None
    trace_id: str | None = None
    next_at: datetime | None = None


async def check() -> int:
    """Ask about some of what is due and return how many pieces; repeat until 0. Any number of workers may do so."""
    rounds = (_round("text", TEXTS, _ask_text), _round("media", MEDIA, _ask_media))
    asked = 0
    for result in await asyncio.gather(*rounds, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result
        asked += result
    return asked


async def give_up_unanswered() -> int:
    """Hand to staff the pictures whose verdict did not come in its time; returns how many."""
    late = await db.fetch(_UNANSWERED, clock.now())
    if not late:
        return 0
    async with db.transaction():
        subjects = await standing.lock([row["subject_id"] for row in late])
        await db.execute(_GIVE_UP, clock.now(), UNANSWERED, [row["id"] for row in late])
        await standing.move(sorted(subjects))
    log.warning("moderation.unanswered", parts=len(late))
    return len(late)


async def _round(kind: str, most: int, ask: Callable[[_Due], Awaitable[_Answer]]) -> int:
    appid = runtime.current().settings.wechat_appid
    due = [_due(row) for row in await db.fetch(_CLAIM, kind, clock.now(), most, LEASE, appid)]
    if due:
        await settle(await asyncio.gather(*(_careful(one, ask) for one in due)))
    return len(due)


def _due(row: Record) -> _Due:
    return _Due(*row.values())


async def _careful(due: _Due, ask: Callable[[_Due], Awaitable[_Answer]]) -> _Answer:
    """Ask, or say why nothing can be asked; whatever is no pass is on its way to staff."""
    if due.openid is None:
        return _Answer(due, "held", NO_OPENID)
    try:
        return await ask(due)
    except WeChatError as error:
        return await _failed(due, error)


async def _ask_text(due: _Due) -> _Answer:
    verdict = await runtime.current().wechat.judge_text(due.openid or "", due.body or "", due.scene)
    state = "passed" if verdict.suggest == _PASSES else "held"
    return _Answer(due, state, verdict.suggest, verdict.label, 0, verdict.trace_id)


async def _ask_media(due: _Due) -> _Answer:
    if due.file_id is None:
        raise RuntimeError("a picture has its file")
    now = runtime.current()
    url = now.settings.public_url.rstrip("/") + files.address(due.file_id, valid=LINK_VALID)
    trace_id = await now.wechat.judge_image(due.openid or "", url, due.scene)
    return _Answer(due, "asked", trace_id=trace_id, next_at=clock.now() + ANSWERED_WITHIN)


async def _failed(due: _Due, error: WeChatError) -> _Answer:
    """Ask again when the table of codes says that this may help, but not for ever."""
    policy, errcode = decide(error), error.errcode if isinstance(error, WeChatRefused) else None
    log.warning("moderation.not_answered", part=str(due.id), error=type(error).__name__, errcode=errcode)
    if policy.alert:
        await alerts.open_alert(policy.alert, "moderation", code=errcode, meaning=policy.meaning)
    again = policy.due(clock.now()) if policy.action not in _FINAL else None
    if again is None or again - due.created_at > TRIED_FOR:
        return _Answer(due, "held", FAILED, errcode=errcode)
    return _Answer(due, "waiting", errcode=errcode, next_at=max(again, clock.now() + _pause(due.tries)))


def _pause(tries: int) -> timedelta:
    return timedelta(seconds=min(2.0**tries, 60))


async def settle(answers: Sequence[_Answer]) -> None:
    """Write the answers down, move their things, and look whether a verdict was quicker than we were."""
    async with db.transaction():
        await standing.lock([one.due.subject_id for one in answers])
        rows = await db.fetch(
            _SETTLE,
            clock.now(),
            [one.due.id for one in answers],
            [one.due.tries for one in answers],
            [one.state for one in answers],
            [one.suggest for one in answers],
            [one.label for one in answers],
            [one.errcode for one in answers],
            [one.trace_id for one in answers],
            [one.next_at for one in answers],
        )
        await standing.move([row["subject_id"] for row in rows])
        await verdicts.apply([row["trace_id"] for row in rows if row["trace_id"]])
