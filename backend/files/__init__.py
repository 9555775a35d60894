"""Attachments on the local disk: sniffed, limited, hashed, reached by signed links."""

from backend.files.links import IsShown, address, follow, link
from backend.files.purposes import PURPOSES, Purpose
from backend.files.storing import StoredFile, delete, delete_all, get, read, store, sweep_orphans, visible_to

__all__ = [
    "PURPOSES",
    "IsShown",
    "Purpose",
    "StoredFile",
    "address",
    "delete",
    "delete_all",
    "follow",
    "get",
    "link",
    "read",
    "store",
    "sweep_orphans",
    "visible_to",
]
