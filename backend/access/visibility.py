"""What an actor can see, as a SQL condition that raw queries and the ORM's `RawSQL` share."""

from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Condition:
    """A WHERE condition with `{}` marks for its parameters, so that it fits after any number of others."""

    sql: str
    params: tuple[Any, ...] = ()

    def render(self, first: int = 1) -> str:
        """Return the SQL with `$n` placeholders counted from `first`."""
        return self.sql.format(*(f"${first + n}" for n in range(len(self.params))))

    def __and__(self, other: "Condition") -> "Condition":
        return Condition(f"({self.sql}) AND ({other.sql})", self.params + other.params)

    def __or__(self, other: "Condition") -> "Condition":
        return Condition(f"({self.sql}) OR ({other.sql})", self.params + other.params)


EVERYTHING: Final = Condition("TRUE")
NOTHING: Final = Condition("FALSE")
