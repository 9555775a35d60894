"""The texts people agree to: one file a purpose and version, never changed once released, known by their digest."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backend.foundation.errors import NotFound

_FOLDER: Final = Path(__file__).parent / "texts"


@dataclass(frozen=True, slots=True)
class Text:
    """One version of what is told before consent; `body` is Markdown."""

    purpose: str
    version: str
    body: str
    digest: bytes


def _load(file: Path) -> Text:
    purpose, _, version = file.stem.partition("-")
    raw = file.read_bytes()
    return Text(purpose, version, raw.decode(), hashlib.sha256(raw).digest())


TEXTS: Final[dict[tuple[str, str], Text]] = {
    (text.purpose, text.version): text for text in map(_load, sorted(_FOLDER.glob("*.md")))
}
# Versions are year and month, so the last one in order is the one in force.
CURRENT: Final[dict[str, Text]] = {text.purpose: text for text in TEXTS.values()}


def text(purpose: str, version: str | None = None) -> Text:
    """Return the text in force, or the very version somebody agreed to; raises NotFound."""
    found = CURRENT.get(purpose) if version is None else TEXTS.get((purpose, version))
    if found is None:
        raise NotFound("没有找到这份告知文本。")
    return found
