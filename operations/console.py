"""What commands share: one-line errors, progress bars, pass phrases."""

import getpass
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import redis.exceptions
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from tortoise.exceptions import DBConnectionError

from backend.foundation.errors import Invalid, WuweiError
from backend.foundation.migrations import WrongDatabase
from backend.foundation.settings import SettingsError, variable
from operations.processes import OperationsError

_WRONG_USE, _FAILED = 2, 1
# The words of a server or a socket alone don't say whose they are.
_OUTAGES = (
    ConnectionError,
    TimeoutError,
    socket.gaierror,
    asyncpg.PostgresError,
    DBConnectionError,
    redis.exceptions.RedisError,
)
_EXPECTED = (OperationsError, WrongDatabase, WuweiError, OSError)


def run_told(commands: Callable[[], None]) -> None:
    """Run the command line; what an operator can mend is one line: exit code 2 for settings, 1 for the rest."""
    try:
        commands()
    except SettingsError as error:
        complain(str(error))
        sys.exit(_WRONG_USE)
    except Invalid as error:
        complain(" ".join(dict.fromkeys([str(error), *(field.sentence for field in error.fields)])))
        sys.exit(_FAILED)
    except _OUTAGES as error:
        complain(f"{str(error) or type(error).__name__} ('wuwei doctor' says what to mend)")
        sys.exit(_FAILED)
    except _EXPECTED as error:
        complain(str(error) or type(error).__name__)
        sys.exit(_FAILED)


def complain(words: str) -> None:
    print(f"wuwei: {' '.join(words.split())}", file=sys.stderr)


def say(words: str) -> None:
    print(words, flush=True)


Advance = Callable[[str, int, int], None]  # what is done so far, done, total


@contextmanager
def bar() -> Iterator[Advance]:
    """Show how much of something known is done; yields `advance(what, done, total)`."""
    columns = (TextColumn("{task.description:14}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("starting", total=None)
        yield lambda what, done, total: shown.update(task, description=what, completed=done, total=total)


def passphrase(file: Path | None, *, is_new: bool) -> str:
    """Take the pass phrase from a file, from WUWEI_BACKUP_PASSPHRASE, or ask; never from the command line."""
    given = file.read_text(encoding="utf-8").rstrip("\n") if file else variable("WUWEI_BACKUP_PASSPHRASE")
    if not given and sys.stdin.isatty():
        given = getpass.getpass("Pass phrase of the backup: ")
        if is_new and getpass.getpass("Once more: ") != given:
            raise OperationsError("the two pass phrases differ")
    if not given:
        raise OperationsError("no pass phrase: use --passphrase-file or WUWEI_BACKUP_PASSPHRASE")
    if is_new and len(given) < 12:  # noqa: PLR2004 - scrypt slows a guesser, it does not stop him
        raise OperationsError("the pass phrase is too short: take 12 characters or more")
    return given


@contextmanager
def byte_progress(total: int | None = None) -> Iterator[Any]:
    """Show a bar of bytes on a terminal; yields `progress(what, more_bytes)`."""
    columns = (SpinnerColumn(), TextColumn("{task.description:10}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=total)

        def progress(what: str, more: int) -> None:
            bar.update(task, description=what, advance=more)

        yield progress
