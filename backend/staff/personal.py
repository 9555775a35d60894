"""What is kept about the bureau's own people; owners have no part in it."""

from typing import Any
from uuid import UUID

from backend.foundation.personal import Basis, Declaration, PersonalData


async def export(person_id: UUID) -> dict[str, Any]:  # noqa: ARG001  an owner is no row of these tables
    return {}


async def erase(person_id: UUID) -> int:  # noqa: ARG001
    return 0


PERSONAL = PersonalData(
    module="staff",
    declarations=(
        Declaration(
            "staff", ("login", "name", "totp_secret"), "工作人员账号", Basis.STATUTORY, "离岗停用，随审计记录保存"
        ),
        Declaration("staff_sessions", ("staff_id", "client"), "工作人员登录记录", Basis.STATUTORY, "6 个月"),
        Declaration(
            "staff_absences", ("staff_id", "kind"), "安排工作时避开不在岗的人", Basis.STATUTORY, "结束后 24 个月"
        ),
    ),
    export=export,
    erase=erase,
)
