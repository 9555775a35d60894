"""A recording is whole from its first box to its last, and nothing besides."""

import hashlib
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.files import films
from backend.files.errors import Damaged, WrongKind
from tests.factories.recordings import box, film, picture


@pytest.fixture(scope="module")
def draft(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films") / "draft"


def _look(draft: Path, body: bytes) -> str:
    draft.write_bytes(body)
    kind, size, digest = films.look(draft)
    assert (size, digest) == (len(body), hashlib.sha256(body).digest())
    return kind.extension


def test_films_and_sounds_are_told_by_their_brand(draft: Path) -> None:
    assert _look(draft, film()) == "mp4"
    assert _look(draft, film(b"M4A ")) == "m4a"
    pieces = box(b"ftyp", b"iso5" + bytes(4)) + box(b"moof") + box(b"mdat", b"x")
    assert _look(draft, pieces) == "mp4"


def test_a_length_of_eight_bytes_or_to_the_end_is_understood(draft: Path) -> None:
    head = box(b"ftyp", b"isom" + bytes(4)) + box(b"moov")
    assert _look(draft, head + struct.pack(">I4sQ", 1, b"mdat", 24) + bytes(8)) == "mp4"
    assert _look(draft, head + struct.pack(">I4s", 0, b"mdat") + bytes(100)) == "mp4"


@pytest.mark.parametrize(
    "body",
    [
        film() + b"<script>alert(1)</script>",
        film()[:-1],
        box(b"ftyp", b"isom") + box(b"mdat"),
        box(b"ftyp", b"isom") + struct.pack(">I4sQ", 1, b"mdat", 2**63) + box(b"moov"),
        box(b"ftyp", b"isom") + struct.pack(">I4s", 4, b"mdat"),
        box(b"ftyp", b"isom") + b"\0\0\0",
    ],
    ids=["more", "less", "no index", "beyond", "too short", "half a head"],
)
def test_what_is_no_box_or_not_all_of_one_is_damaged(draft: Path, body: bytes) -> None:
    draft.write_bytes(body)
    with pytest.raises(Damaged):
        films.look(draft)


@given(cut=st.integers(0, len(film()) - 1), tail=st.binary(max_size=40))
def test_anything_is_taken_whole_or_refused(draft: Path, cut: int, tail: bytes) -> None:
    body = film()[:cut] + tail
    draft.write_bytes(body)
    try:
        _, size, _ = films.look(draft)
    except (Damaged, WrongKind):
        return
    assert size == len(body)


def test_a_picture_is_no_film(draft: Path) -> None:
    draft.write_bytes(picture())
    with pytest.raises(WrongKind):
        films.look(draft)
