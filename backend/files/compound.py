"""Reads how a compound file is laid out ([MS-CFB]): what Word and Excel wrote up to 2003, and WPS still writes."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER: Final = 512
_SIZES: Final = {3: 512, 4: 4096}  # bytes of a sector, by major version
_FREE: Final = 0xFFFFFFFF
_LAST_REAL: Final = 0xFFFFFFFA
_IN_HEADER: Final = 109
_ENTRY: Final = 128
_NAME: Final = 64
_MOST_ENTRIES: Final = 20_000


class Broken(ValueError):
    """A sector that the file names isn't in it, or its chains run in a circle."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The names of all streams and storages, and how many bytes from the first on are the file."""

    names: frozenset[str]
    length: int


def layout(data: bytes) -> Layout:
    """Return what a compound file holds; raises Broken when it is cut off or not one."""
    try:
        size = _SIZES[struct.unpack_from("<H", data, 26)[0]]
        table = _table(data, size)
        names = frozenset(_names(data, size, table))
    except (struct.error, KeyError, UnicodeDecodeError) as error:
        raise Broken from error
    used = max((number for number, following in enumerate(table) if following != _FREE), default=-1)
    length = (used + 2) * size
    if len(data) <= length - size:
        raise Broken
    return Layout(names, min(length, len(data)))


def _sector(data: bytes, size: int, number: int) -> Sequence[int]:
    """Return a sector as its numbers; the first one begins after a header that is as long as a sector."""
    at = (number + 1) * size
    if number > _LAST_REAL or at + size > len(data):
        raise Broken
    return struct.unpack_from(f"<{size // 4}I", data, at)


def _table(data: bytes, size: int) -> list[int]:
    """Return the allocation table: for each sector which one follows it."""
    table: list[int] = []
    for number in _table_sectors(data, size):
        table.extend(_sector(data, size, number))
    return table


def _table_sectors(data: bytes, size: int) -> Iterator[int]:
    """Yield the sectors that hold the table: some stand in the header, the others in a chain of their own."""
    count, following, more = struct.unpack_from("<I", data, 44)[0], *struct.unpack_from("<II", data, 68)
    if count * size > len(data) or more * size > len(data):
        raise Broken
    listed = list(struct.unpack_from(f"<{_IN_HEADER}I", data, 76))
    for _ in range(more):
        *numbers, following = _sector(data, size, following)
        listed.extend(numbers)
    if len(listed) < count:
        raise Broken
    yield from listed[:count]


def _names(data: bytes, size: int, table: Sequence[int]) -> Iterator[str]:
    """Yield the names in the directory, along its chain of sectors."""
    number = struct.unpack_from("<I", data, 48)[0]
    for _ in range(_MOST_ENTRIES * _ENTRY // size):
        if number > _LAST_REAL:
            return
        if number >= len(table):
            raise Broken
        _sector(data, size, number)
        start = (number + 1) * size
        for at in range(start, start + size, _ENTRY):
            length = struct.unpack_from("<H", data, at + _NAME)[0]
            if data[at + _NAME + 2] and 2 <= length <= _NAME:  # noqa: PLR2004  the two bytes of the closing NUL
                yield data[at : at + length - 2].decode("utf-16-le")
        number = table[number]
    raise Broken
