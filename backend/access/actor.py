"""The one who acts: an owner, a staff member, a partner's desk, or the system itself."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from backend.access.permissions import PERMISSIONS, ROLES, Role
from backend.foundation import clock
from backend.foundation.errors import Forbidden


class ActorKind(StrEnum):
    OWNER = "owner"
    STAFF = "staff"
    PARTNER = "partner"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Grant:
    """One role of one staff member, limited to a unit, districts and a time; empty districts mean the whole city."""

    role: Role
    unit_id: UUID | None = None
    districts: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    until: datetime | None = None

    def allows(self, permission: str) -> bool:
        capability = permission.partition(".")[0]
        return permission in ROLES[self.role] and (not self.capabilities or capability in self.capabilities)

    def is_live(self) -> bool:
        return self.until is None or self.until > clock.now()


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. An owner's `id` is the person's id; `enterprise_id` is the one he acts for, when he named one."""

    kind: ActorKind
    id: UUID | None
    name: str = ""
    grants: tuple[Grant, ...] = ()
    session_id: UUID | None = None
    enterprise_id: UUID | None = None
    barred: str | None = None  # why he may do nothing for the moment, told in the place of the missing permission

    def can(self, permission: str) -> bool:
        if self.kind is ActorKind.SYSTEM:
            return True
        return any(grant.is_live() and grant.allows(permission) for grant in self.grants)

    def require(self, permission: str) -> None:
        """Raise Forbidden naming the permission that is missing: its code to programs, its words to the reader."""
        if not self.can(permission):
            raise Forbidden(permission, self.barred or f"您缺少权限“{PERMISSIONS[permission]}”，请联系管理员开通。")

    def districts(self, permission: str) -> tuple[str, ...] | None:
        """Return the districts for which a permission is held; None means the whole city."""
        found: set[str] = set()
        for grant in self.grants:
            if grant.is_live() and grant.allows(permission):
                if not grant.districts:
                    return None
                found.update(grant.districts)
        return tuple(sorted(found))

    def reads_masked(self, permission: str) -> bool:
        """Tell whether what the permission shows is masked: an auditor looks at the work, not at the people."""
        return {grant.role for grant in self.grants if grant.is_live() and grant.allows(permission)} == {Role.AUDITOR}

    def has_role(self, role: Role) -> bool:
        return any(grant.is_live() and grant.role is role for grant in self.grants)


SYSTEM: Final = Actor(ActorKind.SYSTEM, None, "系统")
