"""Pictures and recordings for tests, as small as they can be and whole."""

import io
import struct

from PIL import Image


def picture(side: int = 8) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side, side), "white").save(out, "PNG")
    return out.getvalue()


def box(name: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I4s", len(body) + 8, name) + body


def film(brand: bytes = b"isom") -> bytes:
    """A film of no frames: what it is, where they would be, and they themselves."""
    return box(b"ftyp", brand + bytes(4) + brand) + box(b"moov", bytes(16)) + box(b"mdat", bytes(64))
