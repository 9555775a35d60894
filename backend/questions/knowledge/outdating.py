"""When something that was cited changes: the articles and answers that rest on it come on the correction list.

All in the transaction that takes the change from the outbox, by one statement for articles and one for answers however
many there are; what is on the list already stays as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from asyncpg import Record

from backend import audit
from backend.access import SYSTEM, Actor
from backend.foundation import clock, db
from backend.questions.knowledge import notices
from backend.questions.knowledge.citing import Change

TABLE: Final = "knowledge_corrections"
ENDED: Final = "knowledge.sources_ended"
"""Outbox topic: versions that may be cited hold no more; payload {version_ids}."""
TOPICS: Final = (ENDED,)
LATELY: Final = timedelta(days=7)

# $1 source, $2 to $4 the changes, $5 now.
_CHANGES: Final = """
changes AS (
    SELECT * FROM unnest($2::uuid[], $3::text[], $4::text[]) AS one (ref_id, change, words)
)
"""
_ARTICLES: Final = f"""
WITH {_CHANGES}, listed AS (
    INSERT INTO knowledge_corrections (id, source, ref_id, change, words, said, version_id, opened_at)
    SELECT uuidv7(), $1, c.ref_id, c.change, c.words,
           coalesce((SELECT string_agg(one ->> 'words', E'\\n') FROM jsonb_array_elements(v.citations) AS one
                     WHERE one ->> 'version_id' = c.ref_id::text), ''),
           v.id, $5
    FROM changes c JOIN knowledge_versions v ON v.cites @> ARRAY[c.ref_id]
    WHERE v.state = 'published'
    ON CONFLICT DO NOTHING
    RETURNING id, version_id, words
)
SELECT l.id, l.words, v.id AS version_id, v.article_id, v.title, v.author_id, v.edited_by
FROM listed l JOIN knowledge_versions v ON v.id = l.version_id ORDER BY l.id
"""
# What an answer cites itself, and what the articles rest on that it cites, whatever has become of those since.
_ANSWERS: Final = f"""
WITH {_CHANGES}, resting AS (
    SELECT c.ref_id, c.change, c.words, k.case_id, k.seq, k.words AS said
    FROM changes c JOIN case_citations k ON k.source = $1 AND k.ref_version = c.ref_id
    UNION ALL
    SELECT c.ref_id, c.change, c.words, k.case_id, k.seq, k.words
    FROM changes c JOIN knowledge_versions v ON v.cites @> ARRAY[c.ref_id] AND v.published_at IS NOT NULL
    JOIN case_citations k ON k.source = 'knowledge' AND k.ref_version = v.id
)
INSERT INTO knowledge_corrections (id, source, ref_id, change, words, said, case_id, seq, opened_at)
SELECT uuidv7(), $1, ref_id, change, min(words), string_agg(DISTINCT said, E'\\n'), case_id, seq, $5
FROM resting GROUP BY ref_id, change, case_id, seq
ON CONFLICT DO NOTHING
RETURNING id, ref_id, words
"""
_CITED: Final = """
SELECT DISTINCT cited FROM knowledge_versions v, unnest(v.cites) AS cited WHERE v.state = 'published'
UNION
SELECT k.ref_version FROM case_citations k JOIN case_events e ON (e.case_id, e.seq) = (k.case_id, k.seq)
WHERE k.source = $1 AND k.ref_version IS NOT NULL AND e.at >= $2
"""
_ONE_AT_A_TIME: Final = """
SELECT pg_advisory_xact_lock(hashtextextended('knowledge.answers:' || ref::text, 0))
FROM (SELECT DISTINCT ref FROM unnest($1::uuid[]) AS ref ORDER BY ref) AS refs
"""
_WAITING: Final = (
    "SELECT count(*) FROM knowledge_corrections WHERE ref_id = $1 AND case_id IS NOT NULL AND state = 'open'"
)
_DONE: Final = """
UPDATE knowledge_corrections SET state = 'corrected', settled_at = $2, settled_by = $3, reason = $4
WHERE version_id = ANY ($1::uuid[]) AND state = 'open' RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """An edition of an article that was taken back."""

    version_id: UUID
    words: str
    change: str = "withdrawn"


async def note(source: str, changes: Sequence[Change]) -> int:
    """List what rests on versions of `source` that changed, and tell staff; returns how many lines are new."""
    if not changes:
        return 0
    await one_at_a_time([one.version_id for one in changes])
    told = (source, *_columns(changes), clock.now())
    articles = await db.fetch(_ARTICLES, *told)
    answers = await db.fetch(_ANSWERS, *told)
    new = [*articles, *answers]
    if new:
        await audit.record_many(SYSTEM, [audit.Entry("knowledge.outdated", TABLE, row["id"]) for row in new])
        await _tell(articles, answers)
    return len(new)


async def one_at_a_time(ref_ids: Sequence[UUID]) -> None:
    """Let nobody else list or settle what rests on these before this transaction ends: who is last has to be seen."""
    await db.execute(_ONE_AT_A_TIME, list(ref_ids))


async def lately_cited(source: str) -> list[UUID]:
    """Return the versions that published articles rest on, and the answers of the last days."""
    return [row["cited"] for row in await db.fetch(_CITED, source, clock.now() - LATELY)]


async def done_with(version_ids: Sequence[UUID], actor: Actor, reason: str) -> int:
    """Close what was to be corrected in editions that are no longer out; returns how many lines that were."""
    closed = await db.fetch(_DONE, list(version_ids), clock.now(), actor.id, reason)
    if closed:
        entries = [audit.Entry("knowledge.corrected", TABLE, row["id"], ("state",)) for row in closed]
        await audit.record_many(actor, entries)
        await notices.corrected([row["id"] for row in closed])
    return len(closed)


def _columns(changes: Sequence[Change]) -> tuple[list[UUID], list[str], list[str]]:
    return (
        [one.version_id for one in changes],
        [one.change for one in changes],
        [one.words for one in changes],
    )


async def _tell(articles: Sequence[Record], answers: Sequence[Record]) -> None:
    for row in articles:
        await notices.outdated(dict(row))
    for ref_id, words in {row["ref_id"]: row["words"] for row in answers}.items():
        await notices.answers_outdated(ref_id, words, await db.fetch_value(_WAITING, ref_id))
