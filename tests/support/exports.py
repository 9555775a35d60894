"""Reads a finished file as the door does: all of it, once."""

from backend.foundation.exports import Export


async def whole(file: Export) -> bytes:
    """Return what a file holds; it is gone afterwards."""
    body = b"".join([piece async for piece in file.pieces()])
    assert len(body) == file.size
    assert not file.path.exists()
    return body
