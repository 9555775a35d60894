"""What a bank is shown of whose need it is before a consent: only what enough registered enterprises share.

From the finest combination to the coarsest the first is taken that at least k live enterprises share (k is a value of
policy, never below 5). What isn't known of the enterprise is not shown either; then the combination is of the others.
Where even the coarsest is shared by too few, nothing is listed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from backend.financing import values
from backend.foundation import db

COUNTED: Final = 1_000
"""Further than that nobody needs to count."""

_KNOWN: Final = "SELECT district, industry, statistical_size FROM enterprises WHERE id = $1"
_SHARING: Final = """
SELECT count(*) FROM (
    SELECT FROM enterprises e WHERE e.status = 'active'
      AND ($1::text IS NULL OR e.district = $1) AND ($2::text IS NULL OR starts_with(e.industry, $2))
      AND ($3::text IS NULL OR e.statistical_size = $3) LIMIT $4) AS sharing
"""
_OPEN: Final = """
SELECT id, enterprise_id FROM financing_applications
WHERE state = 'open' AND is_listed AND ($1::uuid IS NULL OR id > $1) ORDER BY id LIMIT $2
"""
_RENEW: Final = """
UPDATE financing_applications SET shown_district = $2, shown_industry = $3, shown_size = $4, shown_k = $5
WHERE id = $1 AND state = 'open'
  AND (shown_district, shown_industry, shown_size, shown_k) IS DISTINCT FROM ($2, $3, $4, $5::integer)
"""
_AT_A_TIME: Final = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """A combination as it may be shown; None: left out. `k`: how many share it, 0 where nothing may be shown."""

    district: str | None = None
    industry: str | None = None
    size: str | None = None
    k: int = 0

    def columns(self) -> dict[str, Any]:
        return {
            "shown_district": self.district,
            "shown_industry": self.industry,
            "shown_size": self.size,
            "shown_k": self.k,
        }


def ladder(known: Mapping[str, str | None]) -> Iterator[Shown]:
    """Give the combinations of an enterprise from the finest to the coarsest, each once.

    An industry code is a section's letter and a class: its first three signs are the division, the first the section.
    """
    district, industry, size = known["district"], known["industry"], known["statistical_size"]
    division, section = (industry[:3], industry[:1]) if industry else (None, None)
    steps = (
        (district, division, size),
        (district, section, size),
        (district, section, None),
        (None, section, size),
        (None, section, None),
        (None, None, size),
        (None, None, None),
    )
    for step in dict.fromkeys(steps):
        yield Shown(*step)


async def coarsened(enterprise_id: UUID) -> Shown:
    """Return the finest combination of an enterprise that enough share."""
    row = await db.fetch_one(_KNOWN, enterprise_id)
    least = await values.of("least_sharing")
    for step in ladder(dict(row or {"district": None, "industry": None, "statistical_size": None})):
        found: int = await db.fetch_value(_SHARING, step.district, step.industry, step.size, COUNTED)
        if found >= least:
            return Shown(step.district, step.industry, step.size, found)
    return Shown()


async def renew() -> int:
    """Look at every listing anew, for enterprises come and go; returns how many are shown otherwise now."""
    changed, last = 0, None
    while rows := await db.fetch(_OPEN, last, _AT_A_TIME):
        for row in rows:
            shown = await coarsened(row["enterprise_id"])
            given = (shown.district, shown.industry, shown.size, shown.k)
            changed += await db.execute(_RENEW, row["id"], *given)
        last = rows[-1]["id"]
    return changed
