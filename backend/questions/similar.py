"""Finds what was asked in much the same words: published public articles and published answers, best first.

A text is cut into every character and every two that stand together (`similar_cut`), which needs no segmenter and
forgives other words in between; `data/same.json` says which words mean the same. What is rare among all texts says
more (`similar_grams` counts), what stands in the question says more than what stands in the answer. The index gives the
texts of each cut; only so many are looked for as bring `_MOST_ROWS` rows, the telling ones first, so that the time is
bounded however many texts there are.

    await similar.put([Text("questions", question_id, title, asked, answered, clock.now())])   when one is published
    await similar.drop("questions", [question_id])                                             when it no longer is
    await similar.similar("开店要办什么证", limit=3)
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import orjson

from backend.foundation import db

MOST_SIGNS: Final = 500
MOST: Final = 100
"""No list of what is similar is longer."""
_EXCERPT: Final = 120
_MOST_ROWS: Final = 12_000
_MOST_OTHERS: Final = 24
LEAST: Final = 0.12
"""How much of what a text says, by weight, has to stand in what is found."""

# Whose ground has changed and is looked at: shown with a notice to whoever looks it up, and recommended to nobody.
_CHECKED: Final = """
SELECT 'questions' AS source, c.origin_id AS ref_id FROM knowledge_corrections o JOIN cases c ON c.id = o.case_id
WHERE o.state = 'open' AND c.origin = 'questions' AND $7::boolean
UNION ALL
SELECT 'knowledge', v.article_id FROM knowledge_corrections o JOIN knowledge_versions v ON v.id = o.version_id
WHERE o.state = 'open' AND $7::boolean
"""
# $1 what is asked; $2, $3 what its things are called otherwise, by the number of the thing; $4 the source or NULL, $5
# limit, $6 the least share, $7 whether only what holds is wanted. A thing counts once in a text, whatever it is called
# there. A text of some 40 cuts is of usual length: a longer one hits more by chance. A cut that nobody ever wrote
# counts for the whole, but finds nothing.
SIMILAR: Final = f"""
WITH every AS MATERIALIZED (
    SELECT coalesce((SELECT texts FROM similar_grams WHERE gram = ''), 0)::float AS texts
), told AS (
    SELECT cut AS thing, ARRAY[cut] AS cuts, 1.0 AS worth FROM unnest(similar_cut('', $1)) AS cut
    UNION ALL
    SELECT 'thing ' || one.thing, search_grams('', one.word), 1.8
    FROM unnest($2::int[], $3::text[]) AS one (thing, word)
), lines AS MATERIALIZED (
    SELECT told.thing, field.mark, rarest.grams, rarest.texts, told.worth * field.worth
           * ln(1 + (every.texts - rarest.texts + 0.5) / (rarest.texts + 0.5)) AS weight
    FROM every, told CROSS JOIN (VALUES ('a', 1.0), ('b', 0.6)) AS field (mark, worth)
    CROSS JOIN LATERAL (
        SELECT min(coalesce(g.texts, 0)) AS texts, array_agg(field.mark || cut) AS grams
        FROM unnest(told.cuts) AS cut LEFT JOIN similar_grams g ON g.gram = field.mark || cut
    ) AS rarest
), chosen AS MATERIALIZED (
    SELECT thing, mark, grams, weight FROM (
        SELECT *, sum(texts) OVER (ORDER BY weight DESC, thing, grams) AS rows FROM lines WHERE texts > 0
    ) AS ranked WHERE rows <= {_MOST_ROWS}
), checked AS MATERIALIZED ({_CHECKED}), hits AS (
    SELECT hit.source, hit.ref_id, hit.size, max(chosen.weight) AS weight
    FROM chosen CROSS JOIN LATERAL (
        SELECT s.source, s.ref_id, s.size FROM similar_texts s WHERE s.grams @> chosen.grams OFFSET 0
    ) AS hit
    WHERE ($4::text IS NULL OR hit.source = $4)
      AND (hit.source, hit.ref_id) NOT IN (SELECT source, ref_id FROM checked)
    GROUP BY hit.source, hit.ref_id, hit.size, chosen.thing, chosen.mark
), best AS (
    SELECT source, ref_id,
           sum(weight) / (0.2 + 0.8 * size / 40.0) / (SELECT sum(weight) FROM lines WHERE mark = 'a') AS share
    FROM hits GROUP BY source, ref_id, size ORDER BY share DESC, ref_id LIMIT $5
)
SELECT b.source, b.ref_id, t.title, t.excerpt, t.published_at, b.share
FROM best b JOIN similar_texts t USING (source, ref_id) WHERE b.share >= $6 ORDER BY b.share DESC, b.ref_id
"""
_PUT: Final = """
INSERT INTO similar_texts (source, ref_id, title, excerpt, published_at, size, grams)
SELECT source, ref_id, title, excerpt, published_at, cardinality(asked), asked || similar_cut('b', answered)
FROM (
    SELECT n.*, similar_cut('a', n.said) AS asked
    FROM unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[])
        AS n (source, ref_id, title, excerpt, published_at, said, answered)
) AS cut ORDER BY source, ref_id
ON CONFLICT (source, ref_id) DO UPDATE SET
    title = EXCLUDED.title, excerpt = EXCLUDED.excerpt, published_at = EXCLUDED.published_at,
    size = EXCLUDED.size, grams = EXCLUDED.grams
"""
_DROP: Final = "DELETE FROM similar_texts WHERE source = $1 AND ref_id = ANY ($2::uuid[])"

_MARKS: Final = re.compile(r"[#*_`>|\[\]]+|\(https?://[^)]*\)")
_SAME: Final[list[list[str]]] = orjson.loads((Path(__file__).parent / "data" / "same.json").read_bytes())


@dataclass(frozen=True, slots=True)
class Text:
    """Something published that answers: `asked` are the question and its phrasings, `answered` may be Markdown."""

    source: str
    ref_id: UUID
    title: str
    asked: str
    answered: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Similar:
    """Something found: `share` of what was asked stands in it, by weight; the synonyms may bring it above one."""

    source: str
    ref_id: UUID
    title: str
    excerpt: str
    published_at: datetime
    share: float


async def similar(
    text: str, *, limit: int = 3, source: str | None = None, least: float = LEAST, holds: bool = False
) -> list[Similar]:
    """Return what was asked in much the same words, best first; nothing for a text that says nothing.

    `holds`: without what rests on something that has changed, until somebody has looked at it.
    """
    asked = text[:MOST_SIGNS]
    things, words = otherwise(asked)
    rows = await db.fetch(SIMILAR, asked, things, words, source, limit, least, holds)
    return [Similar(**dict(row)) for row in rows]


async def put(texts: Sequence[Text]) -> None:
    """Let texts be found, each in the place of what stood there before; in the transaction that publishes them."""
    await db.execute(
        _PUT,
        [one.source for one in texts],
        [one.ref_id for one in texts],
        [one.title for one in texts],
        [excerpt(one.answered) for one in texts],
        [one.published_at for one in texts],
        [one.asked for one in texts],
        [one.answered for one in texts],
    )


async def drop(source: str, ref_ids: Sequence[UUID]) -> int:
    """Let texts be found no more; returns how many there were."""
    return await db.execute(_DROP, source, list(ref_ids))


def excerpt(markdown: str) -> str:
    """Return the beginning of an answer as plain text."""
    plain = " ".join(_MARKS.sub("", markdown).split())
    return plain if len(plain) <= _EXCERPT else f"{plain[: _EXCERPT - 1]}…"


def otherwise(asked: str) -> tuple[list[int], list[str]]:
    """Return what else the things are called that a text names: the numbers of the things, and a word for each."""
    told = list(_others(asked))[:_MOST_OTHERS]
    return [thing for thing, _ in told], [word for _, word in told]


def _others(asked: str) -> Iterator[tuple[int, str]]:
    for thing, group in enumerate(_SAME):
        if any(word in asked for word in group):
            yield from ((thing, word) for word in group if word not in asked and len(word) > 1)
