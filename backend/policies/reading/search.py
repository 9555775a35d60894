"""Finds policies by words: what the text says and in which field, then what fits the enterprise, live before ended.

One statement: the index gives every field's hits of every unit of the question (`words.py`), a policy is found when the
greater part of what was asked stands in it, and the enterprise's stored answers weigh what was found. For whoever
refused to be chosen for, and for the public, nothing but the text counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend.access import Actor
from backend.consents import is_refused
from backend.foundation import clock, db
from backend.foundation.errors import Unavailable
from backend.foundation.paging import cut, decode_cursor, encode_cursor
from backend.identity import acting_for
from backend.policies.queries import LIVE, as_page
from backend.policies.reading import cards, matching, words
from backend.policies.reading.feed import ANSWERED, HIS, TRIES
from backend.policies.scope import SCOPE

MOST_SIGNS: Final = 100
MOST_FOUND: Final = 1_000  # by the text alone; nobody turns that many pages
_NO_ANSWER: Final = """',"answer":null,"why":[]'"""
# A no halves what the text is worth, so that what fits comes first among what is about as much to the point.
_FIT: Final = "CASE m.verdict WHEN 1 THEN 20 WHEN 2 THEN 17 WHEN 3 THEN 10 ELSE 14 END"
_LIVE_FIRST: Final = 1 << 40
_ANSWER: Final = "LEFT JOIN policy_matches m ON m.enterprise_id = his.enterprise_id AND m.version_id = {}.id"

# An edition that ended counts only while it is the newest that came out. $1 person, $2 enterprise, $3 now, $4 today,
# $5 limit; $6 to $9 the lines, $10 what must be found of their weight, $11 category, $12 action.
_FOUND: Final = f"""
asked AS (
    SELECT * FROM unnest($6::int[], $7::int[], $8::int[], $9::text[]) AS one (unit, weight, score, query)
), hits AS (
    SELECT v.id, asked.unit, max(asked.weight) AS weight, max(asked.score) AS score
    FROM asked JOIN policy_versions v
      ON v.words @@ asked.query::tsquery AND v.state IN ('published', 'expired')
    GROUP BY v.id, asked.unit
), enough AS (
    SELECT id, sum(score) AS score FROM hits GROUP BY id HAVING sum(weight) >= $10::int
), found AS (
    SELECT v.id, enough.score, {LIVE.format(day="$4::date")} AS is_live
    FROM enough JOIN policy_versions v ON v.id = enough.id
    WHERE ($11::text IS NULL OR v.category = $11) AND ($12::text IS NULL OR v.action = $12)
      AND (v.state = 'published' OR NOT EXISTS (
          SELECT FROM policy_versions n
          WHERE n.policy_id = v.policy_id AND n.edition > v.edition AND n.published_at IS NOT NULL))
    ORDER BY is_live DESC, score DESC, id DESC LIMIT {MOST_FOUND}
)
"""


@lru_cache(maxsize=8)
def _statement(*, personal: bool, signed_in: bool, further: bool) -> str:
    """Return the statement: over an enterprise's answers, or over the text alone.

    One row of NULLs says that nothing was found, no row at all that there are no answers to read.
    """
    his = HIS if personal else "SELECT $2::uuid AS enterprise_id, $1::uuid AS person_id, $3::timestamptz AS now"
    worth = f"found.score * CASE WHEN found.is_live THEN {_FIT} ELSE 1 END" if personal else "found.score"
    kept = "his.favourites" if personal else cards.favourites("$1::uuid") if signed_in else None
    answered = f"coalesce(CASE WHEN {LIVE.format(day='$4::date')} THEN {ANSWERED} END, {_NO_ANSWER})"
    told = answered if personal else _NO_ANSWER if signed_in else ""
    matches = _ANSWER if personal else ""
    after = "WHERE rank <= $13 AND (rank < $13 OR id < $14)" if further else ""
    return f"""
    WITH his AS MATERIALIZED ({his}), {_FOUND}
    SELECT page.* FROM his LEFT JOIN LATERAL (
        SELECT ranked.rank, v.id, {cards.item(day="$4::date", favourites=kept, more=told)} AS item
        FROM (
            SELECT rank, id FROM (
                SELECT found.id, (found.is_live::int * {_LIVE_FIRST} + {worth})::bigint AS rank
                FROM found {matches.format("found")}
            ) AS every {after} ORDER BY rank DESC, id DESC LIMIT $5 + 1
        ) AS ranked JOIN policy_versions v ON v.id = ranked.id {matches.format("v")}
        ORDER BY ranked.rank DESC, ranked.id DESC
    ) AS page ON TRUE
    """


async def search(
    actor: Actor,
    enterprise_id: UUID,
    asked: str,
    *,
    category: str | None = None,
    action: str | None = None,
    cursor: str | None = None,
    limit: int = 20,
) -> bytes:
    """Return one page of the policies that answer a question, those that fit the enterprise first.

    Raises NotBound and OutOfScope as the feed does. What has ended comes last and without an answer; when nothing is
    found, `suggestions` may say what else to look for.
    """
    wanted = _Wanted(asked, category, action, cursor, limit, actor.id)
    for _ in range(TRIES):
        rows = await _rows(wanted, enterprise_id)
        if rows:
            return _page(wanted, rows, personalised=True)
        await acting_for(actor, enterprise_id, scope=SCOPE, changes=False)
        if actor.id is not None and await is_refused(actor.id):
            return _page(wanted, await _rows(wanted), personalised=False)
        await matching.refresh(enterprise_id)
    raise Unavailable


async def public(
    asked: str, *, category: str | None = None, action: str | None = None, cursor: str | None = None, limit: int = 20
) -> bytes:
    """Return one page of the policies that answer a question, for anybody."""
    wanted = _Wanted(asked, category, action, cursor, limit)
    return _page(wanted, await _rows(wanted))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One page of one question, as it was asked."""

    asked: str
    category: str | None
    action: str | None
    cursor: str | None
    limit: int
    person_id: UUID | None = None


async def _rows(wanted: _Wanted, enterprise_id: UUID | None = None) -> list[Record]:
    """Return the rows over an enterprise's answers, or over the text alone."""
    after = decode_cursor(wanted.cursor, int, UUID)
    personal = enterprise_id is not None
    sql = _statement(personal=personal, signed_in=wanted.person_id is not None, further=after is not None)
    who = (wanted.person_id, enterprise_id, clock.now(), clock.today(), wanted.limit)
    return await db.fetch(sql, *who, *_asked(wanted.asked), wanted.category, wanted.action, *(after or ()))


def _asked(asked: str) -> tuple[Any, ...]:
    """Return a question as the columns of its lines and what must be found of it."""
    told, least = words.lines(words.units(asked[:MOST_SIGNS]))
    columns = [[getattr(line, name) for line in told] for name in ("unit", "weight", "score", "query")]
    return (*columns, least)


def _page(wanted: _Wanted, found: Sequence[Record], **more: bool) -> bytes:
    there = [row for row in found if row["item"]]
    rows, following = cut(there, wanted.limit, lambda row: encode_cursor(row["rank"], row["id"]))
    suggestions = [] if there else words.instead(wanted.asked)
    return as_page([row["item"] for row in rows], following, suggestions=suggestions, **more)
