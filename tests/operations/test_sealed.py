"""A sealed stream gives back exactly what was written, or an error."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations import sealed
from operations.processes import OperationsError
from operations.sealed import SealedReader, SealedWriter
from tests.support.sizes import scaled

_PASSPHRASE = "correct horse battery"


@pytest.fixture(scope="module", autouse=True)
def _small_pieces() -> object:
    """Many pieces out of few bytes, and a key that costs little to derive."""
    patch = pytest.MonkeyPatch()
    patch.setattr(sealed, "_PIECE", 64)
    patch.setattr(sealed, "_COST", 1 << 4)
    yield
    patch.undo()


def _seal(parts: list[bytes]) -> bytes:
    target = io.BytesIO()
    writer = SealedWriter(target, _PASSPHRASE)
    for part in parts:
        writer.write(part)
    writer.close()
    return target.getvalue()


def _open(text: bytes, passphrase: str = _PASSPHRASE, size: int = 50) -> bytes:
    reader = SealedReader(io.BytesIO(text), passphrase)
    return b"".join(iter(lambda: reader.read(size), b""))


@given(st.lists(st.binary(max_size=150), max_size=5), st.integers(1, 300))
def test_what_is_read_is_what_was_written(parts: list[bytes], size: int) -> None:
    assert _open(_seal(parts), size=size) == b"".join(parts)


@pytest.mark.parametrize("length", [0, 1, 63, 64, 65, 128, 129])
def test_the_ends_of_pieces(length: int) -> None:
    assert _open(_seal([b"x" * length])) == b"x" * length


@given(st.data())
def test_an_altered_byte_anywhere_is_refused(data: st.DataObject) -> None:
    whole = bytearray(_seal([b"y" * 200]))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(OperationsError, match=r"altered|no backup"):
        _open(bytes(whole))


def test_a_stream_cut_anywhere_is_refused() -> None:
    whole = _seal([b"z" * 200])
    for end in range(0, len(whole), max(1, 8 // scaled(8))):
        with pytest.raises(OperationsError, match=r"cut off|altered|no backup"):
            _open(whole[:end])


def test_pieces_in_another_order_are_refused() -> None:
    whole = _seal([b"a" * 64 + b"b" * 64 + b"c"])
    head, piece = len(sealed._MAGIC) + 16, 64 + 16
    swapped = (
        whole[:head] + whole[head + piece : head + 2 * piece] + whole[head : head + piece] + whole[head + 2 * piece :]
    )
    with pytest.raises(OperationsError, match="altered"):
        _open(swapped)


def test_a_wrong_passphrase_is_told() -> None:
    with pytest.raises(OperationsError, match="wrong passphrase"):
        _open(_seal([b"secret"]), "another pass phrase")
