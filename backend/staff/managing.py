"""Who manages whom: a permission over staff extends to those of the units and the districts of its grant."""

from typing import Final
from uuid import UUID

from backend.access import Actor, Condition, granted
from backend.foundation import db
from backend.foundation.errors import Forbidden
from backend.staff.errors import StaffNotFound

# Where somebody works: his unit's district; of a unit without one, the one district that all his grants are limited to.
_DISTRICT: Final = """
coalesce((SELECT u.district FROM units u WHERE u.id = s.unit_id), (
    SELECT min(d) FROM staff_grants g LEFT JOIN LATERAL unnest(g.districts) AS d ON TRUE
    WHERE g.staff_id = s.id AND g.ended_at IS NULL HAVING count(*) = count(d) AND min(d) = max(d)))
"""
_ELSEWHERE: Final = "该工作人员不在您管理的单位或区县，请由其上级办理。"


def managed(actor: Actor, permission: str) -> Condition:
    """Return the rows of `staff s` to whom a permission extends."""
    return granted(actor, permission, district=_DISTRICT, unit="s.unit_id")


async def require(actor: Actor, permission: str, staff_id: UUID) -> None:
    """Raise Forbidden where a permission is missing or does not extend to somebody; raises StaffNotFound."""
    actor.require(permission)
    his = managed(actor, permission)
    sql = f"SELECT ({his.render(2)}) IS TRUE FROM staff s WHERE s.id = $1"
    is_his = await db.fetch_value(sql, staff_id, *his.params)
    if is_his is None:
        raise StaffNotFound
    if not is_his:
        raise Forbidden(permission, _ELSEWHERE)
