"""What policies keep about people: what they were told of, and what they chose to keep."""

from typing import Any, Final
from uuid import UUID

from backend.foundation import db
from backend.foundation.personal import Basis, Declaration, PersonalData

_TOLD: Final = """
SELECT v.title, r.found_by, r.found_at, r.told_at
FROM policy_recipients r JOIN policy_versions v ON v.id = r.version_id WHERE r.person_id = $1 ORDER BY r.version_id
"""
_FAVOURITES: Final = """
SELECT p.number, f.at FROM policy_favourites f JOIN policies p ON p.id = f.policy_id
WHERE f.person_id = $1 ORDER BY f.at, f.policy_id
"""
_TABLES: Final = ("policy_recipients", "policy_favourites")


async def export(person_id: UUID) -> dict[str, Any]:
    return {
        "told_of": [dict(row) for row in await db.fetch(_TOLD, person_id)],
        "favourites": [dict(row) for row in await db.fetch(_FAVOURITES, person_id)],
    }


async def erase(person_id: UUID) -> int:
    """Nothing here proves anything: it goes with the account."""
    return sum([await db.execute(f"DELETE FROM {table} WHERE person_id = $1", person_id) for table in _TABLES])


PERSONAL = PersonalData(
    module="policies",
    declarations=(
        Declaration(
            table="policy_recipients",
            fields=("person_id",),
            purpose="同一政策只通知一次，更正、撤回时通知到原收件人",
            basis=Basis.CONTRACT,
            retention="随政策版本保存，注销账号时删除",
        ),
        Declaration(
            table="policy_favourites",
            fields=("person_id",),
            purpose="保存本人收藏的政策",
            basis=Basis.CONTRACT,
            retention="取消收藏时或注销账号时删除",
        ),
    ),
    export=export,
    erase=erase,
)
