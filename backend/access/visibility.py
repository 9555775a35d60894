"""What an actor can see, as a SQL condition that raw queries and the ORM's `RawSQL` share."""

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, Final
from uuid import UUID

from backend.access.actor import Actor, ActorKind, Grant


@dataclass(frozen=True, slots=True)
class Condition:
    """A WHERE condition with `{}` marks for its parameters, so that it fits after any number of others.

    Joined ones stand in brackets of their own: `WHERE id = $1 AND <condition>` means what it looks like.
    """

    sql: str
    params: tuple[Any, ...] = ()

    def render(self, first: int = 1) -> str:
        """Return the SQL with `$n` placeholders counted from `first`."""
        return self.sql.format(*(f"${first + n}" for n in range(len(self.params))))

    def __and__(self, other: "Condition") -> "Condition":
        return Condition(f"(({self.sql}) AND ({other.sql}))", self.params + other.params)

    def __or__(self, other: "Condition") -> "Condition":
        return Condition(f"(({self.sql}) OR ({other.sql}))", self.params + other.params)


EVERYTHING: Final = Condition("TRUE")
NOTHING: Final = Condition("FALSE")


def granted(actor: Actor, permission: str, *, district: str | None, unit: str | None = None) -> Condition:
    """Return the rows for which staff hold a permission: the union of their live grants.

    `district` and `unit` are the SQL expressions of a row's division code and unit. Within one grant both limits hold;
    a table without districts shows nothing to a grant that is limited to some, and a unit counts only where rows have
    one. A limit to a district covers the places below it, whose codes begin with its own.
    """
    if actor.kind is ActorKind.SYSTEM:
        return EVERYTHING
    live = [grant for grant in actor.grants if grant.is_live() and grant.allows(permission)]
    return reduce(or_, (_of(grant, district, unit) for grant in live), NOTHING)


def _of(grant: Grant, district: str | None, unit: str | None) -> Condition:
    limits = EVERYTHING
    if grant.districts:
        prefixes = [f"{code}%" for code in grant.districts]
        limits = limits & (Condition(f"{district} LIKE ANY ({{}}::text[])", (prefixes,)) if district else NOTHING)
    if grant.unit_id is not None and unit is not None:
        limits = limits & Condition(f"{unit} = {{}}::uuid", (grant.unit_id,))
    return limits


def covers(actor: Actor, permission: str, *, district: str | None, unit: UUID | None) -> bool:
    """Tell of one row, by its values, what `granted` says of a table's: whether a permission extends to it."""
    if actor.kind is ActorKind.SYSTEM:
        return True
    return any(
        grant.is_live() and grant.allows(permission) and _reaches(grant, district, unit) for grant in actor.grants
    )


def _reaches(grant: Grant, district: str | None, unit: UUID | None) -> bool:
    is_near = not grant.districts or (district is not None and district.startswith(grant.districts))
    return is_near and grant.unit_id in (None, unit)
