"""What is known today of one enterprise, as far as some rules ask about it."""

from collections.abc import Iterable
from uuid import UUID

from backend.eligibility import Rule, facts_from_row
from backend.eligibility.evaluate import Facts
from backend.foundation import db
from backend.policies import rules


async def facts_for(asking: Iterable[Rule], enterprise_id: UUID) -> Facts:
    """Return the facts by one statement; who may read what comes of them is decided before."""
    wanted = rules.facts_of(asking)
    sql = f"SELECT e.id{rules.column_list(wanted, 'e')} FROM enterprises e WHERE e.id = $1"
    row = await db.fetch_one(sql, enterprise_id)
    assert row is not None  # noqa: S101  its reader was found to act for it, and enterprises are never deleted
    return facts_from_row(dict(row), wanted)
