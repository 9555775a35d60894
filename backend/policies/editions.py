"""Which edition of a policy held on a day: every edition that came out has its own days, and no day has two.

The first edition holds from the policy's first day, whenever it was entered here; a later one from the day on which it
took the place of the one before, and not before its own first day. Each ends with its last day, or on the day before it
was superseded. What was withdrawn holds on no day: nothing may be based on it, and what was answered while it was out
is told again from its match id (`replay.py`).
"""

from datetime import date
from typing import Final
from uuid import UUID

from asyncpg import Record

from backend.foundation import db

_DAY = "({} AT TIME ZONE 'Asia/Shanghai')::date"
FIRST_DAY: Final = f"""
CASE WHEN EXISTS (SELECT FROM policy_versions o
                  WHERE o.policy_id = v.policy_id AND o.edition < v.edition AND o.published_at IS NOT NULL)
THEN greatest(v.effective_from, {_DAY.format("v.published_at")}) ELSE v.effective_from END
"""
"""SQL: from which day an edition `v` that came out holds."""
LAST_DAY: Final = f"least(v.effective_to, v.apply_until, {_DAY.format('v.ended_at')} - 1)"
"""SQL: the last day on which an edition `v` holds, NULL for no end; before its first day when it never held."""
IN_FORCE: Final = (
    "v.published_at IS NOT NULL AND v.state <> 'withdrawn'"
    f" AND {{day}} >= {FIRST_DAY} AND coalesce({LAST_DAY} >= {{day}}, TRUE)"
)
"""SQL: the edition `v` held on a day."""

_OF_POLICY = f"""
SELECT v.id, v.policy_id, v.edition, v.state, v.title, v.rule, v.rule_hash, {FIRST_DAY} AS first_day,
       {LAST_DAY} AS last_day
FROM policy_versions v WHERE v.policy_id = $1 AND {IN_FORCE.format(day="$2::date")}
ORDER BY v.edition DESC LIMIT 1
"""


async def in_force(policy_id: UUID, day: date) -> Record | None:
    """Return the edition that held on a day, or None.

    It has id, policy_id, edition, state, title, rule (JSON as text), rule_hash, first_day and last_day.
    """
    return await db.fetch_one(_OF_POLICY, policy_id, day)
