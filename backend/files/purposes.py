"""What files are for, and so of which kinds and how large they may be; data, to which capabilities add their lines."""

from dataclasses import dataclass
from typing import Final

MEGABYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Purpose:
    """The kinds (names in `sniffing.KINDS`) and the size in bytes that a purpose allows.

    A photo is written anew without what its camera noted in it (`photos.py`); `is_photo`: whatever is a picture is one.
    """

    kinds: tuple[str, ...]
    max_bytes: int
    is_photo: bool = False


PURPOSES: Final[dict[str, Purpose]] = {
    "licence_photo": Purpose(("jpeg", "png", "webp", "pdf"), 10 * MEGABYTE),
    "question_photo": Purpose(("jpeg", "png", "webp"), 10 * MEGABYTE, is_photo=True),
    "policy_attachment": Purpose(("pdf", "docx", "xlsx", "doc", "xls", "jpeg", "png", "webp"), 20 * MEGABYTE),
    "salon_poster": Purpose(("jpeg", "png", "webp"), 10 * MEGABYTE, is_photo=True),
    "salon_material": Purpose(
        ("pdf", "docx", "xlsx", "pptx", "doc", "xls", "ppt", "jpeg", "png", "webp"), 50 * MEGABYTE, is_photo=True
    ),
    "salon_recording": Purpose(("mp4", "m4a"), 500 * MEGABYTE),
    "registry_file": Purpose(("xlsx", "text"), 200 * MEGABYTE),
    "financing_evidence": Purpose(("jpeg", "png", "webp", "pdf"), 10 * MEGABYTE, is_photo=True),
    "attachment": Purpose(("jpeg", "png", "webp", "pdf", "docx", "xlsx", "text"), 10 * MEGABYTE, is_photo=True),
}
