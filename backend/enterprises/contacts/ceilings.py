"""How often the bureau came to enterprises in a year, plans to come, and may: one query over any number of them.

What an enterprise itself asked for is listed and uses up nothing; nor do the kinds that are only listed.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from backend.enterprises.catalogue import CATALOGUE
from backend.enterprises.contacts.states import Side
from backend.foundation import clock, db

# $1 today, $2 for how many days a class counts, $3 enterprises, $4 year, $5 side.
CEILING: Final = """
SELECT c.per_year FROM contact_ceilings c
WHERE c.side = {side} AND c.size IN ('', coalesce({enterprise}.statistical_size, ''))
  AND c.credit_class IN ('', CASE WHEN {enterprise}.credit_risk_class_on >= {today}::date - {days}::int
                             THEN {enterprise}.credit_risk_class ELSE '' END)
ORDER BY c.credit_class <> '' DESC, c.size <> '' DESC LIMIT 1
"""
"""SQL: the ceiling of an enterprise; a risk class that was told too long ago counts as unknown."""

_STANDINGS: Final = f"""
SELECT e.id, coalesce(k.used, 0)::int AS used, coalesce(p.planned, 0)::int AS planned, m.per_year
FROM enterprises e
LEFT JOIN (SELECT c.enterprise_id, count(*) AS used FROM contacts c
    WHERE c.enterprise_id = ANY ($3::uuid[]) AND c.year = $4 AND c.side = $5 AND c.struck_at IS NULL
      AND c.is_counted AND NOT c.is_wished GROUP BY 1) k ON k.enterprise_id = e.id
LEFT JOIN (SELECT p.enterprise_id, count(*) AS planned FROM contact_plans p
    WHERE p.enterprise_id = ANY ($3::uuid[]) AND p.year = $4 AND p.side = $5 AND p.state = 'planned'
      AND p.is_counted GROUP BY 1) p ON p.enterprise_id = e.id
LEFT JOIN LATERAL ({CEILING.format(side="$5", enterprise="e", today="$1", days="$2")}) m ON TRUE
WHERE e.id = ANY ($3::uuid[])
"""
_LOCK: Final = "SELECT pg_advisory_xact_lock(k) FROM unnest($1::bigint[]) AS k"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a year holds for one enterprise; `ceiling` None: as often as is needed."""

    used: int
    planned: int
    ceiling: int | None

    @property
    def is_full(self) -> bool:
        """One more would be over the ceiling."""
        return self.ceiling is not None and self.used + self.planned >= self.ceiling


async def standings(enterprise_ids: Sequence[UUID], year: int, side: Side = Side.SERVICE) -> dict[UUID, Standing]:
    """Return how a calendar year in China stands for enterprises, by one statement."""
    given = (clock.today(), class_days(), list(enterprise_ids), year, side)
    rows = await db.fetch(_STANDINGS, *given)
    return {row["id"]: Standing(row["used"], row["planned"], row["per_year"]) for row in rows}


async def lock(enterprise_ids: Sequence[UUID]) -> None:
    """Hold enterprises until the commit, in the one order: what is planned for them is counted by one at a time."""
    await db.execute(_LOCK, sorted(_key(one) for one in enterprise_ids))


def class_days() -> int:
    """Return for how many days a risk class counts."""
    holds = CATALOGUE["credit_risk_class"].holds_for
    return holds.days if holds else 36_500


def _key(enterprise_id: UUID) -> int:
    return int.from_bytes(hashlib.sha256(f"contacts:{enterprise_id}".encode()).digest()[:8], "big", signed=True)
