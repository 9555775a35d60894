"""Which edition of a policy held on a day: every edition that came out has its own days, and no day has two.

The first edition holds from the policy's first day, whenever it was entered here; a later one from the day on which it
took the place of the one before, and not before its own first day. Each ends with its last day, or on the day before it
was superseded. What was withdrawn holds on no day: nothing may be based on it, and what was answered while it was out
is told again from its match id (`replay.py`).
"""

from typing import Final

_DAY = "({} AT TIME ZONE 'Asia/Shanghai')::date"
_FIRST_DAY: Final = f"""
CASE WHEN EXISTS (SELECT FROM policy_versions o
                  WHERE o.policy_id = v.policy_id AND o.edition < v.edition AND o.published_at IS NOT NULL)
THEN greatest(v.effective_from, {_DAY.format("v.published_at")}) ELSE v.effective_from END
"""
"""SQL: from which day an edition `v` that came out holds."""
_LAST_DAY: Final = f"least(v.effective_to, v.apply_until, {_DAY.format('v.ended_at')} - 1)"
"""SQL: the last day on which an edition `v` holds, NULL for no end; before its first day when it never held."""
IN_FORCE: Final = (
    "v.published_at IS NOT NULL AND v.state <> 'withdrawn'"
    f" AND {{day}} >= {_FIRST_DAY} AND coalesce({_LAST_DAY} >= {{day}}, TRUE)"
)
"""SQL: the edition `v` held on a day."""
