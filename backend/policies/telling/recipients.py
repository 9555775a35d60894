"""Whom a version is for: everyone who surely fits, found by statements over all enterprises at once, each person once.

Recipients are persons: whoever represents or manages a live enterprise that surely fits, one row a person and version
whatever the number of his enterprises. Phones known only from the registry are none. Finding writes rows and tells
nobody (`spreading.py` does); whoever is found again, by whatever way, changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal
from uuid import UUID

from asyncpg import UniqueViolationError

from backend.consents import NOT_REFUSED
from backend.eligibility import Rule, compile_rule
from backend.enterprises.audience import REPRESENTING
from backend.enterprises.catalogue import CATALOGUE
from backend.foundation import clock, db
from backend.policies import rules
from backend.policies.queries import LIVE

FoundBy = Literal["publication", "difference"]

SLICE: Final = 1_000_000
"""How many bindings one statement of a publication looks at: each scans the enterprises anew, so few are quicker."""
KEEP: Final = timedelta(days=180)
BEFORE_ALL: Final = UUID(int=0)

ACTING: Final = f"""{REPRESENTING} AND {NOT_REFUSED.format(person="b.person_id")}
"""
"""SQL over a binding `b` and its enterprise `e`: may its person be told something chosen by a profile? $1 is now."""

# $2 is today: nobody is found for what is over, has not begun, is another place's or has its pushes paused.
OPEN: Final = f"""
{LIVE.format(day="$2::date")} AND NOT v.reference_only AND v.pushes_paused_at IS NULL
AND v.effective_from <= $2::date AND coalesce(v.apply_from <= $2::date, TRUE)
"""
_OPEN_RULE = f"SELECT v.rule_hash FROM policy_versions v WHERE v.id = $1 AND {OPEN}"
SLICE_END: Final = """
SELECT person_id FROM bindings WHERE state IN ('pending', 'active', 'read_only') AND person_id > $1
ORDER BY person_id OFFSET $2 - 1 LIMIT 1
"""
# For hashing all bindings and sorting a slice's people in memory; and a plan for this rule, not for any.
_ROOM = """
SELECT set_config('work_mem', '64MB', TRUE), set_config('jit', 'off', TRUE),
       set_config('plan_cache_mode', 'force_custom_plan', TRUE)
"""
# A table of its own, for PostgreSQL reads for it with several processes, which it never does for an INSERT.
_FIND = """
CREATE TEMPORARY TABLE found_now ON COMMIT DROP AS
SELECT b.person_id, (array_agg(e.id ORDER BY e.name, e.id))[1] AS enterprise_id, count(*) AS enterprises
FROM bindings b JOIN enterprises e ON e.id = b.enterprise_id
WHERE {acting} AND b.person_id > $2 AND ($3::uuid IS NULL OR b.person_id <= $3) AND {surely}
GROUP BY b.person_id
"""
# In the order of persons, so that two who find the same wait for each other and never in a circle. To be ready for the
# same person found elsewhere meanwhile costs half as much again as the rows do: that is tried only when it happened.
_KEEP_FOUND = """
INSERT INTO policy_recipients (version_id, person_id, enterprise_id, enterprises, found_by, found_at)
SELECT $1, person_id, enterprise_id, enterprises, $2, $3 FROM found_now f
WHERE NOT EXISTS (SELECT FROM policy_recipients r WHERE r.version_id = $1 AND r.person_id = f.person_id)
ORDER BY person_id
"""
_LEAVE = "DROP TABLE found_now"
"""At once, not at the commit: one transaction may look at several slices, or versions."""
_KEEP_FOUND_BESIDE = f"{_KEEP_FOUND} ON CONFLICT (version_id, person_id) DO NOTHING"
_FROZEN = """
SELECT count(*) AS count, encode(sha256(coalesce(string_agg(uuid_send(person_id), ''::bytea ORDER BY person_id), '')),
                                 'hex') AS digest
FROM policy_recipients WHERE version_id = $1 AND found_by = $2
"""
_FITTING = """
SELECT b.person_id, count(*) AS enterprises, min(e.name) AS name,
       (array_agg(e.id ORDER BY e.name, e.id))[1] AS enterprise_id
FROM bindings b JOIN enterprises e ON e.id = b.enterprise_id
WHERE {acting} AND b.person_id = ANY($2::uuid[]) AND {surely}
GROUP BY b.person_id
"""
# What this edition corrects, what that one corrected, and so on: the last of them may have come and gone untold.
_CARRY_OVER = """
WITH RECURSIVE wrong (id) AS (
    SELECT corrects FROM policy_versions WHERE id = $1 AND corrects IS NOT NULL
    UNION ALL
    SELECT v.corrects FROM wrong JOIN policy_versions v ON v.id = wrong.id WHERE v.corrects IS NOT NULL
)
INSERT INTO policy_recipients (version_id, person_id, enterprise_id, enterprises, found_by, found_at)
SELECT DISTINCT ON (r.person_id) $1, r.person_id, r.enterprise_id, r.enterprises, 'correction', $2
FROM wrong JOIN policy_recipients r ON r.version_id = wrong.id
WHERE r.told_at IS NOT NULL ORDER BY r.person_id, r.version_id DESC
ON CONFLICT (version_id, person_id) DO NOTHING
"""
HAS_HEARD: Final = """
(r.found_by <> 'correction' AND EXISTS (
    SELECT FROM policy_reminders m
    WHERE m.person_id = r.person_id AND m.version_id = $1 AND m.kind = 'reached' AND m.state = 'told'))
"""
"""SQL over a `policy_recipients r` of version $1: was he told by a reminder that the day has come?"""

_LET_GO = """
DELETE FROM policy_recipients WHERE (version_id, person_id) IN (
    SELECT r.version_id, r.person_id FROM policy_versions v JOIN policy_recipients r ON r.version_id = v.id
    WHERE v.ended_at < $1 LIMIT $2
)
"""


@dataclass(frozen=True, slots=True)
class Frozen:
    """Whom a publication reaches: how many, and the SHA-256 over their ids in order, for whoever signs the list off."""

    count: int
    digest: str


async def freeze(version_id: UUID, found_by: FoundBy = "publication") -> Frozen:
    """Find everyone whom an open version surely fits now; returns the whole list found that way, earlier ones included.

    A version that is not open (over, not begun, withdrawn, another place's, pushes paused) finds nobody new, nor does
    one whose rule a release left behind.
    """
    after: UUID | None = BEFORE_ALL
    while after is not None:
        after = await freeze_slice(version_id, after, found_by)
    return await frozen(version_id, found_by)


async def freeze_slice(version_id: UUID, after: UUID, found_by: FoundBy = "publication") -> UUID | None:
    """Find among the next SLICE bindings behind a person; returns the last person looked at, None after the last."""
    rule_hash = await db.fetch_value(_OPEN_RULE, version_id, clock.today())
    rule = (await rules.parsed({rule_hash})).get(rule_hash) if rule_hash else None
    if rule is None:
        return None
    upto: UUID | None = await db.fetch_value(SLICE_END, after, SLICE)
    surely = compile_rule(rule, CATALOGUE, clock.today(), first_param=4).surely
    sql = _FIND.format(acting=ACTING, surely=surely.sql)
    async with db.transaction():
        await db.execute(_ROOM)
        await db.execute(sql, clock.now(), after, upto, *surely.params)
        await _keep_found(version_id, found_by)
        await db.execute(_LEAVE)
    return upto


async def _keep_found(version_id: UUID, found_by: FoundBy) -> None:
    try:
        async with db.savepoint():
            await db.execute(_KEEP_FOUND, version_id, found_by, clock.now())
    except UniqueViolationError:
        await db.execute(_KEEP_FOUND_BESIDE, version_id, found_by, clock.now())


async def frozen(version_id: UUID, found_by: FoundBy = "publication") -> Frozen:
    """Return the list as it stands."""
    row = await db.fetch_one(_FROZEN, version_id, found_by)
    assert row is not None  # noqa: S101  an aggregate always has a row
    return Frozen(row["count"], row["digest"])


async def fitting(rule: Rule, people: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return who of these people surely fits now: each with his first enterprise, its name, and how many fit."""
    surely = compile_rule(rule, CATALOGUE, clock.today(), first_param=3).surely
    sql = _FITTING.format(acting=ACTING, surely=surely.sql)
    return {row["person_id"]: dict(row) for row in await db.fetch(sql, clock.now(), list(people), *surely.params)}


async def carry_over(version_id: UUID) -> int:
    """Make whoever was told of a version that this one corrects a recipient of the correction; returns how many."""
    return await db.execute(_CARRY_OVER, version_id, clock.now())


async def let_go(limit: int = 5_000) -> int:
    """Forget who was told of versions that ended long ago; returns how many rows went, less than `limit` at the end."""
    return await db.execute(_LET_GO, clock.now() - KEEP, limit)
