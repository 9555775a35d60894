"""A workbook's shared strings, millions of them, on disk: read back in blocks, the last used of which are kept."""

import tempfile
from array import array
from functools import lru_cache
from typing import Any
from xml.parsers import expat

import orjson

from backend.enterprises.worksheet import Stream, elements, local

_BLOCK = 128
_KEPT = 1_024
_MAX_TEXT = 40_000  # a cell holds less


class SpilledStrings:
    """Append all, then look any up by its place; sheets name them mostly in the order of their first use."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="wuwei-strings-")  # noqa: SIM115 - closed by `close`
        self._ends = array("Q", [0])
        self._block: list[str] = []
        self._count = 0
        self._read = lru_cache(maxsize=_KEPT)(self._from_disk)

    def __len__(self) -> int:
        return self._count

    def append(self, text: str) -> None:
        self._block.append(text)
        self._count += 1
        if len(self._block) == _BLOCK:
            self.flush()

    def flush(self) -> None:
        """Write out what was appended; to be called once after the last."""
        if self._block:
            written = self._file.write(orjson.dumps(self._block))
            self._ends.append(self._ends[-1] + written)
            self._block = []

    def __getitem__(self, place: int) -> str:
        if not 0 <= place < self._count:
            raise IndexError(place)
        block, at = divmod(place, _BLOCK)
        return self._read(block)[at]

    def _from_disk(self, block: int) -> list[str]:
        start, end = self._ends[block], self._ends[block + 1]
        self._file.seek(start)
        found: list[str] = orjson.loads(self._file.read(end - start))
        return found

    def close(self) -> None:
        self._read.cache_clear()
        self._file.close()


class _Reader:
    """Gathers the text of each item; readings set above the words (rPh) are no part of it."""

    def __init__(self, into: SpilledStrings) -> None:
        self._into = into
        self._parts: list[str] = []
        self._length = 0
        self._reads = self._is_phonetic = False

    def start(self, name: str, _given: Any) -> None:
        kind = local(name)
        if kind == "t":
            self._reads = not self._is_phonetic
        elif kind == "si":
            self._parts, self._length = [], 0
        elif kind == "rPh":
            self._is_phonetic = True

    def end(self, name: str) -> None:
        kind = local(name)
        if kind == "t":
            self._reads = False
        elif kind == "si":
            self._into.append("".join(self._parts))
        elif kind == "rPh":
            self._is_phonetic = False

    def characters(self, data: str) -> None:
        if self._reads:
            self._length += len(data)
            if self._length <= _MAX_TEXT:
                self._parts.append(data)


def spill(stream: Stream, into: SpilledStrings) -> None:
    """Write the strings of a workbook's part out."""
    reader, parser = _Reader(into), expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.characters
    for _ in elements(stream, parser):
        continue
    into.flush()
