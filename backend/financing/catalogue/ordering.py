"""The order in which banks are shown: by lot, drawn from a stored seed, so that anybody can draw it again.

A bank's lot is SHA-256 of `seed:institution`, a product's of `seed:product`, both ids in lower case with hyphens. What
fits comes before what may fit, and that before what does not; within each the banks by their lots, a bank's products
by theirs. So no bank comes first more often than another, and one with many products not more often than one with one.
The seed is drawn with the draft, before it is known which products answer.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

RANKS: Final = {"yes": 0, "maybe": 1, "no": 2}


@dataclass(frozen=True, slots=True)
class Lot:
    """What is put in order: a product of a bank, and how it answered."""

    institution_id: UUID
    product_id: UUID
    answer: str


def lot(seed: str, drawn_for: UUID) -> str:
    """Return the lot of a bank or product, 64 hexadecimal digits."""
    return hashlib.sha256(f"{seed}:{drawn_for}".encode()).hexdigest()


def ordered(seed: str, lots: Sequence[Lot]) -> list[Lot]:
    """Return lots in the order in which they are shown."""

    def place(one: Lot) -> tuple[int, str, str]:
        return RANKS[one.answer], lot(seed, one.institution_id), lot(seed, one.product_id)

    return sorted(lots, key=place)
