"""What consents mean as personal data: they are the proof that everything else was allowed."""

from typing import Any
from uuid import UUID

from backend.access import SYSTEM
from backend.consents import profiling, service
from backend.consents.texts import CURRENT
from backend.foundation.personal import Basis, Declaration, PersonalData


async def export(person_id: UUID) -> dict[str, Any]:
    return {
        "consents": await service.given_by(person_id),
        "profiling_refused_at": await profiling.refused_at(person_id),
    }


async def erase(person_id: UUID) -> int:
    """Take all of them back; the records stay for three years as proof, under an id that names nobody any more."""
    revoked = await service.revoke_all(SYSTEM, person_id, list(CURRENT))
    return revoked + await profiling.forget(person_id)


PERSONAL = PersonalData(
    module="consents",
    declarations=(
        Declaration(
            table="consents",
            fields=("person_id", "given_from"),
            purpose="证明处理个人信息取得了同意、尊重了撤回",
            basis=Basis.STATUTORY,
            retention="撤回后 3 年",
        ),
        Declaration(
            table="profiling_refusals",
            fields=("person_id",),
            purpose="记住本人不要按画像推送的选择",
            basis=Basis.STATUTORY,
            retention="本人改回时或注销账号时删除",
        ),
    ),
    export=export,
    erase=erase,
)
