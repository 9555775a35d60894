"""What a clerk can be let do: the capabilities an owner meets."""

from typing import Final

SCOPES: Final = frozenset(
    {"questions", "policies", "visits", "salons", "financing", "supervision", "assistance", "cases", "enterprises"}
)
