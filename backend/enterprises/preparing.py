"""Turns raw registry rows into staged ones or into problems: all checks of an import that need no database."""

import hashlib
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from backend.enterprises import columns, divisions
from backend.enterprises.columns import ADDRESS, AS_OF, NAME, PHONE, REPRESENTATIVE, Layout
from backend.enterprises.reading import RawRow
from backend.enterprises.values import ValueRefused
from backend.foundation import clock
from backend.foundation.ids import new_id
from backend.foundation.secrets import Vault

FIRST_DAY = date(2000, 1, 1)
"""No registry file tells of a day before it; an earlier one is a slip of the hand."""
CONFIRM_DAYS = 30
"""A registry that says the same again refreshes the day of facts that go stale at most so often."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the database knows of a code before the row."""

    id: UUID
    digest: bytes | None
    registry_on: date | None


@dataclass(frozen=True, slots=True)
class Problem:
    """One line of the error file."""

    row: int
    column: str
    reason: str
    code: str


class StagedRow(NamedTuple):
    """A row as it goes to the database; `id` is the enterprise's, new or known, for sealed texts are bound to it."""

    id: UUID
    is_new: bool
    uscc: str
    digest: bytes
    as_of: date
    told: str
    name: str | None
    address: str | None
    representative_sealed: bytes | None
    representative_indexes: list[bytes] | None
    phone_sealed: bytes | None
    phone_indexes: list[bytes] | None


@dataclass(slots=True)
class Prepared:
    """One batch: what to stage, what to report, how many rows are as they were."""

    rows: int
    staged: list[StagedRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    bad: int = 0
    same: int = 0


class Preparer:
    """Checks the rows of one file; `as_of` holds for rows without a day of their own."""

    def __init__(self, layout: Layout, vault: Vault, as_of: date, admitted: AbstractSet[str]) -> None:
        self.layout, self.vault, self.as_of, self.admitted = layout, vault, as_of, admitted
        self._label = f"registry_row:{hashlib.sha256(repr(layout.columns).encode()).hexdigest()}"
        self._readers = [(at, key, header, columns.cell_reader(key)) for at, key, header in layout.columns]
        self._has_own_day = any(key == AS_OF for _, key, _ in layout.columns)

    def prepare(self, rows: Sequence[RawRow], known: Mapping[str, Known]) -> Prepared:
        prepared = Prepared(len(rows))
        today = clock.today()
        for row in rows:
            before = known.get(row.code)
            digest = self._digest(row)
            if not row.fault and not row.flaws and before is not None and self._is_same(before, digest):
                prepared.same += 1
                continue
            problems, staged = self._row(row, before, digest, today)
            if staged is None:
                prepared.problems.extend(problems)
                prepared.bad += 1
            else:
                prepared.staged.append(staged)
        return prepared

    def _digest(self, row: RawRow) -> bytes:
        """Keyed, so that a phone can't be guessed from it; header and source order are part of it."""
        return self.vault.blind_index("\x1f".join(row.cells), column=self._label)

    def _is_same(self, before: Known, digest: bytes) -> bool:
        if before.digest != digest or before.registry_on is None:
            return False
        return self._has_own_day or (self.as_of - before.registry_on).days < CONFIRM_DAYS

    def _row(
        self, row: RawRow, before: Known | None, digest: bytes, today: date
    ) -> tuple[list[Problem], StagedRow | None]:
        if row.fault:
            return [Problem(row.number, "", row.fault, row.code)], None
        problems: list[Problem] = []
        if before is None:
            self._check_code(row, problems)
        told = self._cells(row, problems)
        as_of = date.fromisoformat(told.pop(AS_OF)) if AS_OF in told else self.as_of
        if not problems:
            problems = [Problem(row.number, *doubt, row.code) for doubt in _doubts(told, before, as_of, today)]
        return problems, None if problems else self._staged(row, told, digest, as_of, before)

    def _check_code(self, row: RawRow, problems: list[Problem]) -> None:
        try:
            columns.check_code(row.code)
        except ValueRefused as refusal:
            if row.code not in self.admitted:
                problems.append(Problem(row.number, "统一社会信用代码", str(refusal), row.code))

    def _cells(self, row: RawRow, problems: list[Problem]) -> dict[str, Any]:
        told: dict[str, Any] = {}
        cells, flaws = row.cells, row.flaws
        for position, key, header, read in self._readers:
            cell = cells[position]
            if flaws and position in flaws:
                problems.append(Problem(row.number, header, flaws[position], row.code))
                continue
            if not cell or cell.isspace():
                continue
            try:
                told[key] = read(cell)
            except ValueRefused as refusal:
                problems.append(Problem(row.number, header, str(refusal), row.code))
        return told

    def _staged(self, row: RawRow, told: dict[str, Any], digest: bytes, as_of: date, before: Known | None) -> StagedRow:
        enterprise_id = new_id() if before is None else before.id
        representative, phone = told.pop(REPRESENTATIVE, None), told.pop(PHONE, None)
        return StagedRow(
            id=enterprise_id,
            is_new=before is None,
            uscc=row.code,
            digest=digest,
            as_of=as_of,
            name=told.pop(NAME, None),
            address=told.pop(ADDRESS, None),
            told=orjson.dumps(told).decode(),
            representative_sealed=self._sealed(REPRESENTATIVE, representative, enterprise_id),
            representative_indexes=self._indexes(REPRESENTATIVE, representative),
            phone_sealed=self._sealed(PHONE, phone, enterprise_id),
            phone_indexes=self._indexes(PHONE, phone),
        )

    def _sealed(self, name: str, plain: str | None, enterprise_id: UUID) -> bytes | None:
        if plain is None:
            return None
        return self.vault.encrypt(plain, table="enterprises", column=f"{name}_sealed", row=enterprise_id)

    def _indexes(self, column: str, plain: str | None) -> list[bytes] | None:
        """Under every key of the ring: while keys rotate an old index must still be known as equal."""
        return None if plain is None else self.vault.blind_indexes(plain, column=column)


def _doubts(told: Mapping[str, Any], before: Known | None, as_of: date, today: date) -> list[tuple[str, str]]:
    """What is wrong with a row whose cells are right each by itself: (column, reason)."""
    found = []
    if before is None and NAME not in told:
        found.append(("名称", "库中没有此企业，新企业须有名称"))
    if as_of > today:
        found.append(("数据日期", "数据日期不能晚于今天"))
    if as_of < FIRST_DAY:
        found.append(("数据日期", f"数据日期不能早于{FIRST_DAY.isoformat()}"))
    if before is not None and before.registry_on is not None and as_of < before.registry_on:
        found.append(("数据日期", f"早于库中已有的登记数据（{before.registry_on.isoformat()}），未导入"))
    district, town = told.get("district"), told.get("town")
    if district and town and divisions.town(town, district) is None:
        found.append(("乡镇街道", f"{divisions.label(town)}不属于{divisions.label(district)}"))
    return found
