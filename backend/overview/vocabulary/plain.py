"""What every vocabulary is made of."""

from collections.abc import Mapping
from typing import Any

Words = Mapping[str, Mapping[str, str]]
"""{group: {code: words}}."""


def plain(told: Mapping[Any, str]) -> dict[str, str]:
    """Return words for the members of an enumeration as words for their codes."""
    return {state.value: words for state, words in told.items()}
