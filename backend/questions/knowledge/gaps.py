"""The gap report: what people keep asking that no article answers, and the beginning of an article about it.

A job makes it every night from the questions of recent months whose answers cite no article: by category, and by
likeness (`clustering.py`). A cluster whose most typical question finds a public article is no gap. Only the newest
report is kept; it names cases and repeats none of their words.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend.access import Actor
from backend.cases.desk.queues import MASKED
from backend.cases.visibility import visible_to as cases_visible_to
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.logging import mask_text
from backend.questions import similar
from backend.questions.knowledge.clustering import Cluster, clusters
from backend.questions.knowledge.errors import GapUnknown
from backend.questions.knowledge.service import SOURCE

RECENT: Final = timedelta(days=90)
MOST_QUESTIONS: Final = 3_000
_MOST_GAPS: Final = 60
_EXAMPLES: Final = 5
_SIGNS: Final = 200
_LINE: Final = 100
COVERED: Final = 0.5
"""From this share on an article counts as answering a question."""

# What somebody wants to know or needs help with; whose answer cites an article has one.
_QUESTIONS: Final = """
SELECT c.id, c.category, left(c.title || ' ' || c.body, 400) AS text
FROM cases c JOIN case_categories k ON k.key = c.category
WHERE c.id >= uuid_floor($1) AND k.kind IN ('consult', 'help') AND c.merged_into IS NULL
  AND NOT EXISTS (SELECT FROM case_citations q WHERE q.case_id = c.id AND q.source = 'knowledge')
ORDER BY c.id DESC LIMIT $2
"""
_REPORT: Final = """
INSERT INTO knowledge_gap_reports (id, made_at, since, questions, is_cut, categories)
VALUES ($1, $2, $3, $4, $5, $6::jsonb)
"""
_GAPS: Final = """
INSERT INTO knowledge_gaps (id, report_id, category, size, shared, case_ids)
SELECT uuidv7(), $1, n.category, n.size, string_to_array(n.shared, ' '), string_to_array(n.case_ids, ' ')::uuid[]
FROM unnest($2::text[], $3::int[], $4::text[], $5::text[]) AS n (category, size, shared, case_ids)
"""
_OLDER: Final = "DELETE FROM knowledge_gap_reports WHERE id <> $1"
_NEWEST: Final = """
SELECT id, made_at, since, questions, is_cut, categories FROM knowledge_gap_reports ORDER BY id DESC LIMIT 1
"""
# A question's title is often the beginning of its text.
_SAID: Final = f"left(CASE WHEN starts_with(c.body, c.title) THEN c.body ELSE c.title || '：' || c.body END, {_SIGNS})"
_GAP: Final = f"""
SELECT g.id, g.category, k.title AS category_title, g.size, g.shared,
       (SELECT coalesce(json_agg(json_build_object('case_id', c.id, 'number', c.number, 'text', {_SAID}) ORDER BY o.n),
                        '[]')
        FROM unnest(g.case_ids) WITH ORDINALITY AS o (id, n) JOIN cases c ON c.id = o.id WHERE {{visible}}) AS examples
FROM knowledge_gaps g JOIN case_categories k ON k.key = g.category
"""
_TITLES: Final = "SELECT key, title FROM case_categories"


async def make() -> int:
    """Make the report anew in the place of the one before; returns how many gaps it tells of."""
    since = clock.now() - RECENT
    rows = await db.fetch(_QUESTIONS, since, MOST_QUESTIONS + 1)
    kept = rows[:MOST_QUESTIONS]
    by_category = await asyncio.to_thread(_clustered, kept)
    gaps = await _uncovered(by_category, {row["id"]: row["text"] for row in kept})
    counted = Counter(row["category"] for row in kept)
    told = [{"category": category, "questions": count} for category, count in counted.most_common()]
    report_id = new_id()
    async with db.transaction():
        is_cut = len(rows) > MOST_QUESTIONS
        await db.execute(_REPORT, report_id, clock.now(), since, len(kept), is_cut, orjson.dumps(told).decode())
        await db.execute(_GAPS, report_id, *_columns(gaps))
        await db.execute(_OLDER, report_id)
    return len(gaps)


async def newest(actor: Actor) -> dict[str, Any] | None:
    """Return the report with its gaps, the largest first.

    Examples are of cases that this actor sees, with phones and identity numbers hidden; who reads masked reads none of
    their words.
    """
    report = await db.fetch_one(_NEWEST)
    if report is None:
        return None
    titles = {row["key"]: row["title"] for row in await db.fetch(_TITLES)}
    rows = await _gaps("g.report_id = $1 ORDER BY g.size DESC, g.id", report["id"], actor)
    categories = [
        {**one, "category_title": titles.get(one["category"], one["category"])}
        for one in orjson.loads(report["categories"])
    ]
    told = {name: report[name] for name in ("made_at", "since", "questions", "is_cut")}
    return {**told, "categories": categories, "items": [_told(row, actor) for row in rows]}


async def one(gap_id: UUID, actor: Actor) -> dict[str, Any]:
    """Return one gap; raises GapUnknown, also when the next report has taken its place."""
    rows = await _gaps("g.id = $1", gap_id, actor)
    if not rows:
        raise GapUnknown
    return _told(rows[0], actor)


async def _gaps(wanted: str, of: UUID, actor: Actor) -> list[Record]:
    visible = cases_visible_to(actor)
    return await db.fetch(f"{_GAP.format(visible=visible.render(2))} WHERE {wanted}", of, *visible.params)


def _clustered(rows: Sequence[Record]) -> list[tuple[str, Cluster]]:
    texts: dict[str, dict[UUID, str]] = defaultdict(dict)
    for row in rows:
        texts[row["category"]][row["id"]] = row["text"]
    found = [(category, cluster) for category, own in texts.items() for cluster in clusters(own)]
    return sorted(found, key=lambda pair: (-len(pair[1].members), pair[1].members[0]))[:_MOST_GAPS]


async def _uncovered(found: Sequence[tuple[str, Cluster]], texts: Mapping[UUID, str]) -> list[tuple[str, Cluster]]:
    """Leave out the clusters whose most typical question finds an article."""
    left = []
    for category, cluster in found:
        if not await similar.similar(texts[cluster.members[0]], limit=1, source=SOURCE, least=COVERED):
            left.append((category, cluster))
    return left


def _columns(gaps: Sequence[tuple[str, Cluster]]) -> tuple[list[Any], ...]:
    return (
        [category for category, _ in gaps],
        [len(cluster.members) for _, cluster in gaps],
        [" ".join(cluster.shared) for _, cluster in gaps],
        [" ".join(map(str, cluster.members[:_EXAMPLES])) for _, cluster in gaps],
    )


def _told(row: Record, actor: Actor) -> dict[str, Any]:
    """Return a gap with its examples masked, and as the phrasings that an article begins with."""
    is_masked = actor.reads_masked("cases.read")
    examples = [
        {**example, "text": MASKED if is_masked else mask_text(example["text"])}
        for example in orjson.loads(row["examples"])
    ]
    said = [] if is_masked else [example["text"] for example in examples]
    shared = [] if is_masked else row["shared"]
    phrasings = dict.fromkeys(" ".join(text.split())[:_LINE] for text in said)
    return {**dict(row), "shared": shared, "examples": examples, "asked_as": list(phrasings)}
