"""Opens the archive that an Excel workbook is, and bounds what may come out of it: nothing in it is trusted."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final
from xml.parsers import expat

from backend.enterprises.errors import FileRefused
from backend.enterprises.worksheet import BROKEN, elements, local
from backend.foundation.errors import FieldError

LARGE_PART: Final = 4 << 30
"""The most that a sheet or the shared strings may unpack to; both are streamed."""
_ENTRIES: Final = 10_000
_DIRECTORY: Final = 8 << 20
_SMALL_PART: Final = 32 << 20
_FREE: Final = 64 << 20
_RATIO: Final = 200
_BAD: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, struct.error, ValueError)


def refused(sentence: str) -> FileRefused:
    return FileRefused(sentence, (FieldError("file", "unreadable", sentence),))


class Bounded:
    """A part of the archive as it is unpacked: refuses a bomb while it grows, and what is damaged."""

    def __init__(self, archive: zipfile.ZipFile, name: str, limit: int) -> None:
        try:
            info = archive.getinfo(name)
            if info.flag_bits & 1:
                raise refused("工作簿已加密，请取消密码并另存后再导入。")
            self._stream = archive.open(info)
        except KeyError:
            raise refused("这不是完整的 Excel 工作簿（xlsx），请用 Excel 另存后再导入。") from None
        except _BAD as error:
            raise refused(BROKEN) from error
        self._limit = min(limit, max(_FREE, _RATIO * info.compress_size))
        self.done, self.size = 0, info.file_size

    def read(self, size: int) -> bytes:
        try:
            chunk = self._stream.read(size)
        except (*_BAD, OSError) as error:
            raise refused(BROKEN) from error
        self.done += len(chunk)
        if self.done > self._limit:
            raise refused("工作簿解压后过大，请拆分为几个文件，或另存为 CSV 后再导入。")
        return chunk


class Archive:
    """The parts of a workbook by name."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        try:
            _check_directory(self._file)
            self._zip = zipfile.ZipFile(self._file)
        except _BAD as error:
            self._file.close()
            raise refused(BROKEN) from error
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        self._file.close()

    def part(self, name: str, limit: int = LARGE_PART) -> Bounded:
        """A part to be read as a stream; FileRefused when there is none."""
        return Bounded(self._zip, name, limit)

    def has(self, name: str) -> bool:
        return name in self._zip.NameToInfo

    def related(self, part: str) -> dict[str, tuple[str, str]]:
        """What a part refers to: {id: (kind, part)}."""
        folder, name = str(PurePosixPath(part).parent), PurePosixPath(part).name
        rels = str(PurePosixPath(folder, "_rels", f"{name}.rels"))
        return {
            given.get("Id", ""): (given.get("Type", "").rpartition("/")[2], _target(folder, given.get("Target", "")))
            for kind, given in self.elements(rels)
            if kind == "Relationship"
        }

    def elements(self, name: str) -> Iterator[tuple[str, dict[str, str]]]:
        """Every element of a small part with its attributes."""
        found: list[tuple[str, dict[str, str]]] = []
        parser = expat.ParserCreate()
        parser.StartElementHandler = lambda name, given: found.append((local(name), given))
        for _ in elements(self.part(name, _SMALL_PART), parser):
            yield from found
            found.clear()


def _target(folder: str, told: str) -> str:
    """Where a reference leads within the archive, which knows no way up and out."""
    parts: list[str] = []
    for part in PurePosixPath("/" if told.startswith("/") else folder, told).parts:
        if part == ".." and parts:
            parts.pop()
        elif part not in {"..", ".", "/"}:
            parts.append(part)
    return "/".join(parts)


def _check_directory(file: BinaryIO) -> None:
    """Refuse an archive whose list of contents is itself a bomb, before it is read."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 66_000))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + 22 > len(tail):
        raise refused("工作簿不完整，可能没有传完，请重新取得文件后再导入。")
    entries, length = struct.unpack_from("<10xHI", tail, at)
    if at >= 20 and tail[at - 20 : at - 16] == b"PK\x06\x07":  # noqa: PLR2004 - the locator of a 64-bit list
        file.seek(min(struct.unpack_from("<8xQ", tail, at - 20)[0], size))
        record = file.read(56).ljust(56, b"\xff")
        entries, length = struct.unpack_from("<32xQQ", record)
    file.seek(0)
    if entries > _ENTRIES or length > _DIRECTORY:
        raise refused(BROKEN)
