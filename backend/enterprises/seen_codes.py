"""Which codes a file has told already, in 24 to 48 bytes a code, where a dict would take more than a hundred."""

from array import array

_FIRST_SLOTS = 1 << 12


class SeenCodes:
    """A hash table of code hashes and row numbers, open addressing, never more than half full."""

    def __init__(self) -> None:
        self._count = 0
        self._lay_out(_FIRST_SLOTS)

    def _lay_out(self, slots: int) -> None:
        self._mask = slots - 1
        self._hashes = array("Q", bytes(8 * slots))
        self._rows = array("I", bytes(4 * slots))

    def first(self, code: str, row: int) -> int:
        """The row (from 1 on) where the code stood first, which is `row` itself when it is new."""
        mark = hash(code) & 0xFFFFFFFFFFFFFFFF
        slot = self._slot(mark)
        if self._rows[slot]:
            return self._rows[slot]
        self._hashes[slot], self._rows[slot] = mark, row
        self._count += 1
        if 2 * self._count > self._mask:
            self._grow()
        return row

    def _slot(self, mark: int) -> int:
        slot, mask, hashes, rows = mark & self._mask, self._mask, self._hashes, self._rows
        while rows[slot] and hashes[slot] != mark:
            slot = (slot + 1) & mask
        return slot

    def _grow(self) -> None:
        hashes, rows = self._hashes, self._rows
        self._lay_out(2 * (self._mask + 1))
        for mark, row in zip(hashes, rows, strict=True):
            if row:
                slot = self._slot(mark)
                self._hashes[slot], self._rows[slot] = mark, row
