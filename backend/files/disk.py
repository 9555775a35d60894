"""Where the bytes lie: random names in shards below one directory, written whole or not at all.

Nothing a client says becomes part of a path. All functions block: call them in a thread.
"""

import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from backend import runtime

_PLACE: Final = re.compile(r"[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{40}")
_INCOMING: Final = "incoming"


def root() -> Path:
    return runtime.current().settings.data_dir / "files"


def new_draft() -> Path:
    """Return an empty file of our own in which to receive something."""
    folder = root() / _INCOMING
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / secrets.token_hex(20)
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    return draft


def append(draft: Path, piece: bytes) -> None:
    with draft.open("ab") as file:
        file.write(piece)


def keep(draft: Path) -> str:
    """Move a draft to its lasting place, flushed to disk, and return that place."""
    _flush(draft)
    place = place_of(draft)
    target = resolve(place)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft.replace(target)
    _flush(target.parent)
    return place


def place_of(draft: Path) -> str:
    """Return where a draft comes to lie."""
    return f"{draft.name[:2]}/{draft.name[2:4]}/{draft.name}"


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def is_place(name: str) -> bool:
    return _PLACE.fullmatch(name) is not None


def checked(place: str) -> str:
    """Return a place; raises ValueError for anything that `place_of` did not make."""
    if not is_place(place):
        raise ValueError("not the place of a file")
    return place


def resolve(place: str) -> Path:
    """Return the path of a place; raises ValueError for anything that is none."""
    return root() / checked(place)


def opened(place: str) -> BinaryIO:
    return os.fdopen(os.open(resolve(place), os.O_RDONLY | os.O_NOFOLLOW), "rb")


def remove(place: str) -> None:
    resolve(place).unlink(missing_ok=True)


def drafts() -> Iterator[Path]:
    folder = root() / _INCOMING
    return folder.iterdir() if folder.exists() else iter(())


def is_old(file: Path, before: float) -> bool:
    """Tell whether a file was last written before a moment (seconds since 1970); one that just went is nobody's."""
    try:
        return file.stat().st_mtime < before
    except FileNotFoundError:
        return False


def shards() -> list[Path]:
    """Return the folders that hold files, two levels down."""
    return sorted(path for path in root().glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]") if path.is_dir())


def old_places(shard: Path, before: float) -> list[str]:
    """Return the places of a shard last written before a moment; what `keep` did not make is no place."""
    places = ((file, f"{shard.parent.name}/{shard.name}/{file.name}") for file in shard.iterdir())
    return [place for file, place in places if is_place(place) and is_old(file, before)]
