"""Lists as files for a spreadsheet: whole before their first byte leaves, text in every cell, read once and then gone.

The last line of a list says how many lines it has, so that a copy that broke off is seen; what that line says is the
list's own.
"""

import asyncio
import csv
import io
import os
import re
import tempfile
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Literal

from backend.foundation import clock
from backend.foundation.sheet import Sheet

Format = Literal["csv", "xlsx"]
Lines = Sequence[Sequence[str]]

_MEDIA: Final[dict[Format, str]] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_PIECE: Final = 64 * 1024
_RISKY: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold; wide spaces and joiners of signs are text like any other."""


@dataclass(frozen=True, slots=True)
class Export:
    """A finished file of `lines` lines: read it once by `pieces`, which removes it."""

    path: Path
    size: int
    lines: int
    media_type: str
    name: str

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        with self.path.open("rb") as file:
            self.path.unlink()
            while piece := await asyncio.to_thread(file.read, _PIECE):
                yield piece

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep the file only if what is done with it here succeeds."""
        with _gone_on_failure(self.path):
            yield


async def write(pages: AsyncIterable[Lines], form: Format, *, name: str, title: str = "") -> Export:
    """Write pages of lines, one page at a time in memory; `title` is the sheet's, `name` the file's without its end."""
    path = Path(await asyncio.to_thread(_empty_file, form))
    with _gone_on_failure(path):
        file = await asyncio.to_thread(path.open, "wb")
        try:
            lines = await _fill(file, form, title, pages)
            size = file.tell()
        finally:
            await asyncio.to_thread(file.close)
    return Export(path, size, lines, _MEDIA[form], f"{name}.{form}")


async def once(lines: Lines) -> AsyncGenerator[Lines, None]:
    """Give all lines as one page: a list that is short enough."""
    yield lines


def dated(name: str) -> str:
    """Return a file's name with the minute it is of."""
    return f"{name}-{clock.now().astimezone(clock.SHANGHAI):%Y%m%d-%H%M}"


def harmless(cell: str) -> str:
    """Keep a spreadsheet from taking text as a formula, and a cell from holding what XML can't."""
    plain = _NOT_XML.sub("", cell)
    return f"'{plain}" if plain.startswith(_RISKY) else plain


async def _fill(file: IO[bytes], form: Format, title: str, pages: AsyncIterable[Lines]) -> int:
    if form == "xlsx":
        with Sheet(file, title) as sheet:
            return await _add_all(sheet.add, pages)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    count = await _add_all(csv.writer(text).writerows, pages)
    text.detach()  # all of it is in the file then, which stays open
    return count


async def _add_all(add: Callable[[Iterable[Sequence[str]]], None], pages: AsyncIterable[Lines]) -> int:
    count = 0
    async for page in pages:
        await asyncio.to_thread(add, ([harmless(cell) for cell in line] for line in page))
        count += len(page)
    return count


def _empty_file(form: Format) -> str:
    handle, name = tempfile.mkstemp(prefix="wuwei-", suffix=f".{form}")
    os.close(handle)
    return name


@contextmanager
def _gone_on_failure(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise
