"""The shape of a processing record: what personal data a table holds, why, how long, and how it is given or erased.

Source: 个人信息保护法 arts. 6, 13, 19, 45, 47. Each module with personal data has a `personal.py`
whose `PERSONAL` stands in the assembly; an architecture test compares its declarations with the real columns.
"""

from collections.abc import Awaitable, Callable, Iterable
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
Forget = Callable[[UUID, "Datum"], Awaitable[int]]


class Datum(StrEnum):
    """One thing about himself that a person may take back without leaving."""

    PHONE = "phone"
    NAME = "name"
    FILES = "files"


@dataclass(frozen=True, slots=True)
class PersonalData:
    """A module's declarations and its duties towards a person: hand out a copy, erase, forget a single datum.

    The last two return how many rows they touched, for the receipt; a module without `forget` holds no single datum.
    """

    module: str
    declarations: tuple[Declaration, ...]
    export: Export
    erase: Erase
    forget: Forget | None = None


_BASES = {Basis.CONSENT: "同意", Basis.CONTRACT: "订立、履行合同所必需", Basis.STATUTORY: "履行法定职责或者法定义务"}


def processing_record(modules: Iterable[PersonalData]) -> str:
    """Return the processing record (个人信息保护法 arts. 54, 55) as Markdown: what the modules declare."""
    lines = [
        "# 个人信息处理记录",
        "",
        "由各模块的 `personal.py` 生成，请勿手工修改。字段 `*` 表示整张表都与个人有关。",
        "",
        "| 模块 | 表 | 字段 | 处理目的 | 合法性基础 | 保存期限 |",
        "|---|---|---|---|---|---|",
    ]
    for module in sorted(modules, key=lambda module: module.module):
        lines += [_line(module.module, declaration) for declaration in module.declarations]
    return "\n".join(lines) + "\n"


def _line(module: str, one: Declaration) -> str:
    fields = "、".join(f"`{field}`" for field in one.fields)
    return f"| {module} | `{one.table}` | {fields} | {one.purpose} | {_BASES[one.basis]} | {one.retention} |"
