"""Makes a photo fit to be shown to others: turned upright, without what a camera wrote into it, of bounded size.

A phone notes in a picture where and when it was taken, with which device, and hangs a preview of the uncropped picture
to it. Nothing of that is kept: the pixels are decoded and written anew, which also leaves nothing of a file that is two
things at once. What unpacks to more pixels than a camera makes is refused before any of them is decoded.
"""

import hashlib
import io
import os
from pathlib import Path
from typing import Final

from PIL import Image, ImageCms, ImageOps

from backend.files import sniffing
from backend.files.errors import Damaged, TooBig, TooManyPixels
from backend.files.purposes import Purpose
from backend.files.sniffing import KINDS, Kind

SIDE: Final = 4096
"""Pixels of the longer side that is kept: a page photographed in one picture stays readable."""
_MOST_PIXELS: Final = {"JPEG": 120_000_000, "PNG": 25_000_000, "WEBP": 25_000_000}
"""A JPEG can be decoded at a half or less of its size; the others are decoded whole, four bytes a pixel."""
_FORMATS: Final = {"JPEG": "jpeg", "PNG": "png", "WEBP": "webp"}
_QUALITIES: Final = (88, 75)
_SRGB: Final = ImageCms.createProfile("sRGB")
_BROKEN: Final = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError)
"""Whatever the library's decoders raise for a picture that isn't one."""

# Our own limit is looked at before a pixel is decoded; the library's would only warn.
Image.MAX_IMAGE_PIXELS = None


def clean(draft: Path, rules: Purpose) -> tuple[Kind, int, bytes]:
    """Look at a received file, write a photo anew in its place, and return kind, size and SHA-256; for a thread.

    Raises WrongKind, Damaged, TooManyPixels, TooBig.
    """
    data = draft.read_bytes()
    kind, length = sniffing.sniff(data, rules.kinds)
    if not kind.media_type.startswith("image/"):
        os.truncate(draft, length)
        return kind, length, hashlib.sha256(memoryview(data)[:length]).digest()
    made = _anew(data[:length], kind, rules.max_bytes)
    draft.write_bytes(made)
    return kind, len(made), hashlib.sha256(made).digest()


def _anew(data: bytes, kind: Kind, most: int) -> bytes:
    try:
        with Image.open(io.BytesIO(data), formats=tuple(_FORMATS)) as image:
            if image.format is None or KINDS[_FORMATS[image.format]] is not kind:
                raise Damaged
            if image.width * image.height > _MOST_PIXELS[image.format]:
                raise TooManyPixels
            upright = _upright(image)
            return _written(upright, image.format, most)
    except _BROKEN:
        raise Damaged from None


def _upright(image: Image.Image) -> Image.Image:
    """Return the pixels alone: turned as the camera said, in the colours that every screen takes for granted."""
    profile = image.info.get("icc_profile")
    image.draft("RGB", (SIDE, SIDE))
    image.load()
    wanted = "RGBA" if image.format != "JPEG" and image.has_transparency_data else "RGB"
    turned = ImageOps.exif_transpose(image)
    plain = turned if turned.mode == wanted else turned.convert(wanted)
    plain.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    return _in_srgb(plain, profile)


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Apply a wide-gamut camera's profile, which would otherwise have to stay in the file."""
    if not profile or image.mode != "RGB":
        return image
    try:
        found = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        changed = ImageCms.profileToProfile(image, found, _SRGB)
    except (ImageCms.PyCMSError, OSError):
        return image
    return changed if changed is not None else image


def _written(image: Image.Image, form: str, most: int) -> bytes:
    """Write the pixels; nothing else of the picture is handed to the encoder."""
    bare = Image.frombytes(image.mode, image.size, image.tobytes())
    for quality in _QUALITIES:
        target = io.BytesIO()
        bare.save(target, form, quality=quality, optimize=form == "JPEG")
        if target.tell() <= most:
            return target.getvalue()
    raise TooBig(most)
