"""What uploaded files mean as personal data."""

from typing import Any
from uuid import UUID

from backend.access import ActorKind
from backend.files import storing
from backend.foundation.personal import Basis, Datum, Declaration, PersonalData


async def export(person_id: UUID) -> dict[str, Any]:
    return {"files": await storing.owned_by(ActorKind.OWNER, person_id)}


async def erase(person_id: UUID) -> int:
    return await storing.delete_of_owner(ActorKind.OWNER, person_id)


async def forget(person_id: UUID, datum: Datum) -> int:
    """Let the pictures and files go that he chose, also those somebody still has to look at: he took them back."""
    return await storing.delete_of_owner(ActorKind.OWNER, person_id) if datum is Datum.FILES else 0


PERSONAL = PersonalData(
    module="files",
    declarations=(
        Declaration(
            table="files",
            fields=("owner_id", "name", "path"),
            purpose="办事所需的证照照片和附件",
            basis=Basis.CONTRACT,
            retention="办结或注销账号后删除",
        ),
    ),
    export=export,
    erase=erase,
    forget=forget,
)
