"""Who acts, and what he may do: actors, roles and permissions as data, conditions for what he can see."""

from backend.access.actor import SYSTEM, Actor, ActorKind, Grant
from backend.access.permissions import EXCLUSIVE, PERMISSIONS, ROLES, Role
from backend.access.visibility import EVERYTHING, NOTHING, Condition, covers, granted

__all__ = [
    "EVERYTHING",
    "EXCLUSIVE",
    "NOTHING",
    "PERMISSIONS",
    "ROLES",
    "SYSTEM",
    "Actor",
    "ActorKind",
    "Condition",
    "Grant",
    "Role",
    "covers",
    "granted",
]
