"""Looks at a recording, too large for memory: an MPEG-4 file whose boxes reach from its first byte to its last.

Such a file is a row of boxes, each with its length and its name (ISO/IEC 14496-12, 4.2). One that is cut off has a box
that goes beyond its end; one that is two things at once has something that is no box.
"""

import hashlib
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from backend.files.errors import Damaged, WrongKind
from backend.files.sniffing import Kind

FILM: Final = Kind("video/mp4", "mp4", len)
SOUND: Final = Kind("audio/mp4", "m4a", len)
_SOUND_BRANDS: Final = frozenset({b"M4A ", b"M4B "})
_KNOWN: Final = frozenset(
    {
        b"ftyp", b"pdin", b"moov", b"moof", b"mfra", b"mdat", b"free", b"skip", b"wide", b"udta", b"meta", b"uuid",
        b"styp", b"sidx", b"ssix", b"prft", b"emsg",
    }
)  # fmt: skip
_HEAD: Final = 8
_LARGE: Final = 16
_MOST_BOXES: Final = 100_000
_PIECE: Final = 1024 * 1024


def look(draft: Path) -> tuple[Kind, int, bytes]:
    """Return kind, size and SHA-256 of a received recording; for a thread. Raises WrongKind, Damaged."""
    with draft.open("rb") as file:
        size = draft.stat().st_size
        brand = _brand(file)
        found = set(_boxes(file, size))
        if b"mdat" not in found or not found & {b"moov", b"moof"}:
            raise Damaged
        file.seek(0)
        digest = hashlib.sha256()
        while piece := file.read(_PIECE):
            digest.update(piece)
    return (SOUND if brand in _SOUND_BRANDS else FILM), size, digest.digest()


def _brand(file: BinaryIO) -> bytes:
    """Return what the first box says the file is."""
    head = file.read(_HEAD + 4)
    if head[4:_HEAD] != b"ftyp":
        raise WrongKind([FILM.extension, SOUND.extension])
    return head[_HEAD:]


def _boxes(file: BinaryIO, size: int) -> Iterator[bytes]:
    """Yield the names of the boxes; raises Damaged for whatever is none."""
    at = 0
    for _ in range(_MOST_BOXES):
        if at == size:
            return
        file.seek(at)
        head = file.read(_LARGE)
        if len(head) < _HEAD:
            raise Damaged
        length, name = struct.unpack_from(">I4s", head)
        least = _HEAD
        if length == 1 and len(head) == _LARGE:
            length, least = struct.unpack_from(">Q", head, _HEAD)[0], _LARGE
        elif length == 0:  # it goes on to the end of the file
            length = size - at
        if name not in _KNOWN or length < least or at + length > size:
            raise Damaged
        yield name
        at += length
    raise Damaged
