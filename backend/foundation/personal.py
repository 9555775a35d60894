"""The shape of a processing record: what personal data a table holds, why, how long, and how it is given or erased.

Source: 个人信息保护法 arts. 6, 13, 19, 45, 47. Each module with personal data has a `personal.py` whose `DECLARATIONS` an
architecture test compares with the real columns.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID


class Basis(StrEnum):
    """The lawful basis of a processing (个人信息保护法 art. 13)."""

    CONSENT = "consent"
    CONTRACT = "contract"
    STATUTORY = "statutory"


@dataclass(frozen=True, slots=True)
class Declaration:
    """One column, or `*` for a table that is about a person as a whole."""

    table: str
    fields: tuple[str, ...]
    purpose: str
    basis: Basis
    retention: str


Export = Callable[[UUID], Awaitable[dict[str, Any]]]
Erase = Callable[[UUID], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class PersonalData:
    """A module's declarations and its two duties towards a person: hand out a copy, and erase."""

    module: str
    declarations: tuple[Declaration, ...]
    export: Export
    erase: Erase
