"""Keeps the answers of all live policies for one enterprise: computed when first asked for, and again when stale.

A set is current for one version of the facts, one name of the rule set and one day. Nothing here decides who
may see it.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TypeAlias
from uuid import UUID

from asyncpg import Record

from backend.eligibility import Fact, RuleSet, facts_from_row
from backend.enterprises.errors import EnterpriseUnknown
from backend.enterprises.settling import settle_one_due
from backend.foundation import clock, db
from backend.policies import rules
from backend.policies.reading import reasons

_Row: TypeAlias = tuple[UUID, UUID, int, str, str]
"""A row of `policy_matches`; reasons and words each in one text, a line for each."""

# The row of the set is the lock under which its answers are written.
_SET = """
INSERT INTO policy_match_sets (enterprise_id, facts_version, rule_set_version, on_day, computed_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (enterprise_id) DO UPDATE SET facts_version = EXCLUDED.facts_version,
    rule_set_version = EXCLUDED.rule_set_version, on_day = EXCLUDED.on_day, computed_at = EXCLUDED.computed_at
"""
_FORGET = "DELETE FROM policy_matches WHERE enterprise_id = $1 AND version_id <> ALL($2::uuid[])"
_STORE = """
INSERT INTO policy_matches AS kept (enterprise_id, version_id, verdict, reasons, why)
SELECT n.enterprise_id, n.version_id, n.verdict, string_to_array(n.reasons, E'\\n'), string_to_array(n.why, E'\\n')
FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::text[], $5::text[])
    AS n (enterprise_id, version_id, verdict, reasons, why)
ON CONFLICT (enterprise_id, version_id) DO UPDATE
SET verdict = EXCLUDED.verdict, reasons = EXCLUDED.reasons, why = EXCLUDED.why
WHERE (kept.verdict, kept.reasons, kept.why) IS DISTINCT FROM (EXCLUDED.verdict, EXCLUDED.reasons, EXCLUDED.why)
"""
# Sets that were current before the change: locked, so that none is recomputed meanwhile.
_CURRENT = """
SELECT s.enterprise_id AS id{columns} FROM policy_match_sets s JOIN enterprises e ON e.id = s.enterprise_id
WHERE s.rule_set_version = $1 AND s.on_day = $2 AND s.facts_version = e.facts_version
ORDER BY s.enterprise_id LIMIT $3 FOR NO KEY UPDATE OF s
"""
_ONE = "SELECT rule_hash, least(effective_to, apply_until) AS until FROM policy_versions WHERE id = $1"
_RELABEL = "UPDATE policy_match_sets SET rule_set_version = $2 WHERE enterprise_id = ANY($1)"
_RELABEL_ALL = "UPDATE policy_match_sets SET rule_set_version = $2 WHERE rule_set_version = $1 AND on_day = $3"


async def refresh(enterprise_id: UUID) -> None:
    """Compute and store the answers of every live policy for one enterprise, by a fixed number of statements.

    What time alone may have changed since the daily job is settled first.
    """
    live = await rules.live()
    row = await _row(enterprise_id, live.facts)
    today = clock.today()
    if row["resettle_on"] is not None and row["resettle_on"] <= today:
        await settle_one_due(enterprise_id)
        row = await _row(enterprise_id, live.facts)
    found = _answered(await rules.ready(live, today), live.facts, live.ends, [row])
    async with db.transaction():
        await db.execute(_SET, enterprise_id, row["facts_version"], live.version, today, clock.now())
        await db.execute(_FORGET, enterprise_id, list(live.rules))
        await _store(found)


async def _row(enterprise_id: UUID, facts: tuple[Fact, ...]) -> Record:
    wanted = f"e.id, e.facts_version, e.resettle_on{rules.column_list(facts, 'e')}"
    row = await db.fetch_one(f"SELECT {wanted} FROM enterprises e WHERE e.id = $1", enterprise_id)
    if row is None:
        raise EnterpriseUnknown
    return row


async def add_to_current(version_id: UUID, before: UUID, after: UUID, *, limit: int) -> int:
    """Add one version's answers to sets that were current before it came, and make them current again.

    Returns how many sets it took; fewer than `limit` means that none is left.
    """
    version = await db.fetch_one(_ONE, version_id)
    assert version is not None  # noqa: S101  versions are never deleted
    parsed = await rules.parsed({version["rule_hash"]})
    rule_set = RuleSet(dict(zip([version_id], parsed.values(), strict=False)), clock.today())
    facts = rules.facts_of(parsed.values())
    rows = await db.fetch(_CURRENT.format(columns=rules.column_list(facts, "e")), before, rule_set.as_of, limit)
    await _store(_answered(rule_set, facts, {version_id: version["until"]}, rows))
    await db.execute(_RELABEL, [row["id"] for row in rows], after)
    return len(rows)


async def keep_current(before: UUID, after: UUID) -> int:
    """Make the sets current again after something only went away: the feed no longer shows what isn't published."""
    return await db.execute(_RELABEL_ALL, before, after, clock.today())


def _answered(
    rule_set: RuleSet[UUID], facts: Sequence[Fact], ends: Mapping[UUID, date | None], rows: Sequence[Record]
) -> list[_Row]:
    found = []
    for row in rows:
        answers = rule_set.answer(facts_from_row(dict(row), facts))
        for version_id in rule_set.rules:
            match = reasons.match(answers, version_id, ends.get(version_id))
            found.append((row["id"], version_id, int(match.answer), "\n".join(match.codes), "\n".join(match.why)))
    return found


async def _store(found: Sequence[_Row]) -> None:
    if found:
        await db.execute(_STORE, *(list(column) for column in zip(*found, strict=True)))
