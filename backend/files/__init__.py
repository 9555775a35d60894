"""Attachments on the local disk: sniffed, limited, hashed, reached by signed links."""

from backend.files.links import follow, link
from backend.files.purposes import PURPOSES, Purpose
from backend.files.storing import StoredFile, delete, get, read, store, sweep_orphans, visible_to

__all__ = [
    "PURPOSES",
    "Purpose",
    "StoredFile",
    "delete",
    "follow",
    "get",
    "link",
    "read",
    "store",
    "sweep_orphans",
    "visible_to",
]
