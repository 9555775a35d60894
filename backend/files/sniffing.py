"""Tells what a file really is and whether it is whole and nothing besides; its name and sender are not believed.

A file must be of an allowed kind from its first byte. What a phone hangs behind a picture (a moving preview, the
maker's data) and what an attacker would hang there is cut off; what was itself cut off is refused, and so is what stays
two things at once.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import filetype

from backend.files import compound
from backend.files.errors import Damaged, WrongKind

_HEAD: Final = 8192
_UNPACKED: Final = 200 * 1024 * 1024
_PARTS: Final = 5000
_TYPES_PART: Final = "[Content_Types].xml"
_PACKAGES: Final = ("docx", "xlsx", "pptx")
_COMPOUNDS: Final = ("doc", "xls", "ppt")
_UNWANTED: Final = frozenset(
    {"macros", "_vba_project", "_vba_project_cur", "vba", "encryptedpackage", "encryptioninfo"}
)
_MARK: Final = b"\xff"
_END: Final = b"\xff\xd9"
_SCAN: Final = 0xDA
_INSIDE_SCAN: Final = frozenset({0x00, 0xFF, *range(0xD0, 0xD8)})
_MARKUP: Final = re.compile(r"\s*<(?:!doctype|html|head|body|script|svg|\?xml|\?php|iframe|img)", re.IGNORECASE)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file; `length` tells how many bytes from the first on are it (0: it is not whole)."""

    media_type: str
    extension: str
    length: Callable[[bytes], int]


def _jpeg_length(data: bytes) -> int:
    """Walk the segments to the end of the image: what stands in a preview inside is skipped with its segment."""
    at = 2
    while data[at : at + 1] == _MARK and at + 4 <= len(data):
        marker = data[at + 1]
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == _SCAN:
            at = _after_scan(data, at)
            if data[at : at + 2] == _END:
                return at + 2
    return 0


def _after_scan(data: bytes, at: int) -> int:
    """Return where the next real marker stands after compressed image data."""
    at = data.find(_MARK, at)
    while 0 <= at < len(data) - 1 and data[at + 1] in _INSIDE_SCAN:
        at = data.find(_MARK, at + 1)
    return at if at >= 0 else len(data)


def _png_length(data: bytes) -> int:
    at = 8
    while at + 12 <= len(data):
        name = data[at + 4 : at + 8]
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if zlib.crc32(data[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big") or end > len(data):
            return 0
        if name == b"IEND":
            return end
        at = end
    return 0


def _webp_length(data: bytes) -> int:
    length = int.from_bytes(data[4:8], "little") + 8
    return length if length <= len(data) else 0


def _pdf_length(data: bytes) -> int:
    return len(data) if data.startswith(b"%PDF-") and data.rstrip(b"\r\n\x00 ").endswith(b"%%EOF") else 0


def _text_length(data: bytes) -> int:
    text = _decoded(data)
    return len(data) if text is not None and not _CONTROL.search(text) and not _MARKUP.match(text) else 0


def _decoded(data: bytes) -> str | None:
    """Read UTF-8 or, as office programs here still write it, GB 18030."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _office(main_part: str) -> Callable[[bytes], int]:
    """Return the check of an office document of one sort: no macros, no bomb, no password, nothing missing."""

    def length(data: bytes) -> int:
        try:
            with zipfile.ZipFile(BytesIO(data)) as package:
                parts = package.infolist()
                is_tame = len(parts) <= _PARTS and sum(part.file_size for part in parts) <= _UNPACKED
                is_plain = not any(part.flag_bits & 1 or "vbaproject" in part.filename.lower() for part in parts)
                return len(data) if is_tame and is_plain and main_part in _content_types(package) else 0
        except (zipfile.BadZipFile, KeyError, EOFError, zlib.error, struct.error, NotImplementedError, ValueError):
            return 0

    return length


def _compound(*streams: str) -> Callable[[bytes], int]:
    """Return the check of an older office document, also as WPS writes it: no macros, no password, nothing missing."""

    def length(data: bytes) -> int:
        try:
            found = compound.layout(data)
        except compound.Broken:
            return 0
        names = {name.lower() for name in found.names}
        return found.length if names & set(streams) and not names & _UNWANTED else 0

    return length


def _content_types(package: zipfile.ZipFile) -> str:
    with package.open(_TYPES_PART) as part:
        return part.read(1_000_000).decode("utf-8", "replace")


_OOXML: Final = "application/vnd.openxmlformats-officedocument."
KINDS: Final[dict[str, Kind]] = {
    "jpeg": Kind("image/jpeg", "jpg", _jpeg_length),
    "png": Kind("image/png", "png", _png_length),
    "webp": Kind("image/webp", "webp", _webp_length),
    "pdf": Kind("application/pdf", "pdf", _pdf_length),
    "docx": Kind(f"{_OOXML}wordprocessingml.document", "docx", _office("wordprocessingml.document.main+xml")),
    "xlsx": Kind(f"{_OOXML}spreadsheetml.sheet", "xlsx", _office("spreadsheetml.sheet.main+xml")),
    "pptx": Kind(f"{_OOXML}presentationml.presentation", "pptx", _office("presentationml.presentation.main+xml")),
    "doc": Kind("application/msword", "doc", _compound("worddocument")),
    "xls": Kind("application/vnd.ms-excel", "xls", _compound("workbook", "book")),
    "ppt": Kind("application/vnd.ms-powerpoint", "ppt", _compound("powerpoint document")),
    "text": Kind("text/plain", "txt", _text_length),
}


def sniff(data: bytes, allowed: Iterable[str]) -> tuple[Kind, int]:
    """Return the kind of a file, one of the allowed, and how many of its bytes to keep.

    Raises WrongKind for another kind, Damaged for one that is cut off or two things at once.
    """
    wanted = [name for name in KINDS if name in set(allowed)]
    candidates = [name for name in _candidates(data) if name in wanted]
    for name in candidates:
        length = KINDS[name].length(data)
        if length and (name in _PACKAGES or not zipfile.is_zipfile(BytesIO(data[:length]))):
            return KINDS[name], length
    if candidates:
        raise Damaged
    raise WrongKind([KINDS[name].extension for name in wanted])


def _candidates(data: bytes) -> list[str]:
    """Return what the first bytes may mean; office kinds begin alike, and text has no mark at all."""
    if data.startswith(b"PK\x03\x04"):
        return list(_PACKAGES)
    if data.startswith(compound.MAGIC):
        return list(_COMPOUNDS)
    guess = filetype.guess(data[:_HEAD])
    if guess is None:
        return ["text"] if _text_length(data) else []
    return [name for name, kind in KINDS.items() if kind.media_type == guess.mime]
