"""Attachments on the disk or in an S3-compatible store: sniffed, limited, hashed, reached by signed links."""

from backend.files.links import IsShown, address, follow, link
from backend.files.purposes import PURPOSES, Purpose
from backend.files.storing import (
    Kept,
    StoredFile,
    at_hand,
    delete,
    delete_all,
    enter,
    get,
    read,
    receive,
    store,
    sweep_orphans,
    visible_to,
)

__all__ = [
    "PURPOSES",
    "IsShown",
    "Kept",
    "Purpose",
    "StoredFile",
    "address",
    "at_hand",
    "delete",
    "delete_all",
    "enter",
    "follow",
    "get",
    "link",
    "read",
    "receive",
    "store",
    "sweep_orphans",
    "visible_to",
]
