"""Append-only file of everything that changed, so that a restart loses nothing that was answered.

One JSON array a line, `[kind, *values]`. Each line is written straight to the operating system before its call is
answered (no buffer of our own, a few µs), so a kill -9 of this process loses nothing; only a crash of the machine may.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson


class JournalError(RuntimeError):
    """The file can't be used; the text is one line an operator can act on."""


class Journal:
    """The file, or nothing at all when no path is set."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        if path is not None:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                _drop_torn_line(path)
                self._file = path.open("ab", buffering=0)
            except OSError as error:
                raise JournalError(f"WUWEI_SANDBOX_STATE {path} can't be opened: {error.strerror}") from error

    def append(self, record: list[Any]) -> None:
        """Write one record; returns when the operating system has it."""
        if self._path is not None:
            line = memoryview(orjson.dumps(record) + b"\n")
            while line:
                line = line[self._file.write(line) :]

    def replay(self, apply: Callable[[str, list[Any]], None]) -> None:
        """Hand all records over in order; JournalError names a line that isn't ours."""
        if self._path is None:
            return
        with self._path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    kind, *values = orjson.loads(line)
                    apply(kind, values)
                except (ValueError, TypeError, LookupError, AttributeError) as error:
                    place = f"WUWEI_SANDBOX_STATE {self._path}, line {number}"
                    raise JournalError(f"{place}: no record of this version; move the file away") from error

    def clear(self) -> None:
        """Forget everything."""
        if self._path is not None:
            self._file.truncate(0)

    def close(self) -> None:
        """Release the file."""
        if self._path is not None:
            self._file.close()


def _drop_torn_line(path: Path) -> None:
    """A crash in the middle of a write leaves half a line, whose call was never answered."""
    if not path.exists():
        return
    with path.open("rb+") as file:
        content = file.read()
        file.truncate(content.rfind(b"\n") + 1)
