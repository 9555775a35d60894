"""Whether the pages that live policies name still answer: each is looked at once a day at most, and gently.

A page is called dead only after three looks in a row, a day apart at least, that found none; one answer makes it live
again. Sites that refuse a program (401, 403, 429 …) are there, so they count as answering.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any, Final
from uuid import UUID

import orjson

from backend.access import Actor
from backend.foundation import clock, db
from backend.foundation.paging import cut, decode_cursor, encode_cursor
from backend.gateways.web import Answer, Web

EVERY: Final = timedelta(days=1)
DEAD_AFTER: Final = 3
A_HOST: Final = 3
"""How many pages of one host are looked at in a run, one after the other."""
AT_ONCE: Final = 60
SPACING: Final = 2.0
"""Seconds between two pages of one host."""
BEGINS: Final = 5.0
"""Seconds in which a run begins to look at pages: with the 20 that one may take it stays within a job's time."""
_BEFORE_ALL: Final = UUID(int=0)
_LEASE: Final = timedelta(minutes=2)
_SERVER_FAILS: Final = 500
_GONE: Final = frozenset({404, 410})

_NAMED = """
SELECT DISTINCT one.link ->> 'url' AS url FROM policy_versions v
CROSS JOIN LATERAL jsonb_array_elements(v.links || v.sources) AS one (link)
WHERE v.state IN ('published', 'scheduled')
"""
_COLLECT = f"""
INSERT INTO policy_links (url, host, due_at)
SELECT named.url, lower(substring(named.url FROM '^https?://(?:[^/?#@]*@)?([^/?#]+)')), $1 FROM ({_NAMED}) AS named
WHERE substring(named.url FROM '^https?://(?:[^/?#@]*@)?([^/?#]+)') IS NOT NULL
ON CONFLICT (url) DO NOTHING
"""
_FORGET = f"DELETE FROM policy_links l WHERE NOT EXISTS (SELECT FROM ({_NAMED}) AS named WHERE named.url = l.url)"
_ALONE = "SELECT pg_advisory_xact_lock(hashtext('policies.links'))"
# Hosts that another run is at are left alone.
_CLAIM = """
UPDATE policy_links SET leased_until = $2 WHERE url = ANY (ARRAY(
    SELECT due.url FROM (
        SELECT url, host, due_at, row_number() OVER (PARTITION BY host ORDER BY due_at, url) AS n
        FROM policy_links WHERE due_at <= $1
    ) AS due
    WHERE due.n <= $3 AND NOT EXISTS (SELECT FROM policy_links b WHERE b.host = due.host AND b.leased_until > $1)
    ORDER BY due.due_at, due.url LIMIT $4
))
RETURNING url, host
"""
_NOTE = """
UPDATE policy_links l SET checked_at = $4, due_at = $5, leased_until = NULL, status = seen.status,
    problem = seen.problem,
    failures = CASE WHEN seen.problem = '' THEN 0 ELSE l.failures + 1 END,
    dead_since = CASE WHEN seen.problem = '' OR l.failures + 1 < $6 THEN NULL ELSE coalesce(l.dead_since, $4) END
FROM unnest($1::text[], $2::int[], $3::text[]) AS seen (url, status, problem)
WHERE l.url = seen.url
"""
_GIVE_BACK = "UPDATE policy_links SET leased_until = NULL WHERE url = ANY($1::text[])"

WARNING: Final = "链接可能已失效"
MARKED: Final = f"""
(SELECT coalesce(jsonb_agg(one.link || jsonb_build_object('warning', (
            SELECT '{WARNING}' FROM policy_links l WHERE l.url = one.link ->> 'url' AND l.dead_since IS NOT NULL
        )) ORDER BY one.n), '[]')
 FROM jsonb_array_elements(v.links) WITH ORDINALITY AS one (link, n))
"""
"""SQL: the links of an edition `v`, each with a `warning` (null while it answers)."""

_DEAD = """
WITH page AS MATERIALIZED (
    SELECT * FROM policy_links WHERE dead_since IS NOT NULL AND id > $2 ORDER BY id LIMIT $1
), naming AS (
    SELECT DISTINCT page.id, p.id AS policy_id, p.number, v.edition, v.title
    FROM policy_versions v CROSS JOIN LATERAL jsonb_array_elements(v.links || v.sources) AS one (link)
    JOIN page ON page.url = one.link ->> 'url' JOIN policies p ON p.id = v.policy_id
    WHERE v.state IN ('published', 'scheduled')
)
SELECT page.id, page.url, page.status, page.problem, page.checked_at, page.dead_since, (
    SELECT coalesce(json_agg(json_build_object(
        'id', n.policy_id, 'number', n.number, 'edition', n.edition, 'title', n.title
    ) ORDER BY n.number, n.edition), '[]')::text FROM naming n WHERE n.id = page.id
) AS policies
FROM page ORDER BY page.id
"""


async def collect() -> None:
    """Note the pages that live and scheduled policies name, and forget those that none names any more."""
    async with db.transaction():
        await db.execute(_COLLECT, clock.now())
        await db.execute(_FORGET)


async def check(web: Web, *, spacing: float = SPACING) -> int:
    """Look at some pages that are due, hosts side by side and one host's pages in turn; returns how many."""
    claimed = await _claim()
    by_host = [[row["url"] for row in rows] for _, rows in groupby(claimed, key=lambda row: row["host"])]
    looked = await asyncio.gather(*(_look_in_turn(web, urls, spacing) for urls in by_host))
    seen = {url: answer for answers in looked for url, answer in answers.items()}
    await _note(seen)
    await db.execute(_GIVE_BACK, [row["url"] for row in claimed if row["url"] not in seen])
    return len(seen)


async def _claim() -> list[Mapping[str, Any]]:
    """Take what is due, a few pages a host; two runs never hold pages of one host at once."""
    moment = clock.now()
    async with db.transaction():
        await db.execute(_ALONE)
        rows = await db.fetch(_CLAIM, moment, moment + _LEASE, A_HOST, AT_ONCE)
    return sorted((dict(row) for row in rows), key=lambda row: (row["host"], row["url"]))


async def _look_in_turn(web: Web, urls: Sequence[str], spacing: float) -> dict[str, Answer]:
    """Look at the pages of one host while the run begins new ones; what is left has its turn in a later run."""
    clockwork = asyncio.get_running_loop()
    until = clockwork.time() + BEGINS
    seen: dict[str, Answer] = {}
    for url in urls:
        if seen:
            await asyncio.sleep(spacing)
        if clockwork.time() < until:
            seen[url] = await web.look(url)
    return seen


async def _note(seen: Mapping[str, Answer]) -> None:
    moment = clock.now()
    urls, answers = list(seen), list(seen.values())
    statuses, problems = [one.status for one in answers], [problem_of(one) for one in answers]
    await db.execute(_NOTE, urls, statuses, problems, moment, moment + EVERY, DEAD_AFTER)


def problem_of(answer: Answer) -> str:
    """Return why an answer counts as none, in a word; empty when the page is there."""
    if answer.status is None:
        return answer.problem
    if answer.status in _GONE:
        return "gone"
    return "server_error" if answer.status >= _SERVER_FAILS else ""


async def dead(actor: Actor, *, cursor: str | None, limit: int) -> tuple[list[dict[str, Any]], str | None]:
    """Return a page of the dead links, each with the policies that name it, and the next cursor."""
    actor.require("policies.read")
    after = decode_cursor(cursor, UUID) or (_BEFORE_ALL,)
    rows = await db.fetch(_DEAD, limit + 1, *after)
    found, following = cut(rows, limit, lambda row: encode_cursor(row["id"]))
    return [{**row, "policies": orjson.loads(row["policies"])} for row in found], following
