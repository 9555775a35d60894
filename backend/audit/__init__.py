"""The trail: plain rows written with every act, sealed into a chain afterwards, verified on demand."""

from backend.audit.archiving import archive
from backend.audit.queries import Filter, Page, entries, history
from backend.audit.recording import Entry, record, record_many
from backend.audit.sealing import seal
from backend.audit.verifying import Verdict, verify

__all__ = [
    "Entry",
    "Filter",
    "Page",
    "Verdict",
    "archive",
    "entries",
    "history",
    "record",
    "record_many",
    "seal",
    "verify",
]
