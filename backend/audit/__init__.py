"""The trail: plain rows written with every act, sealed into a chain afterwards, verified on demand."""

from backend.audit.archiving import archive
from backend.audit.errors import VerificationRunning
from backend.audit.queries import Filter, Page, entries, history
from backend.audit.recording import Entry, record, record_many
from backend.audit.sealing import seal
from backend.audit.verifying import Verdict, verify, verify_alone

__all__ = [
    "Entry",
    "Filter",
    "Page",
    "Verdict",
    "VerificationRunning",
    "archive",
    "entries",
    "history",
    "record",
    "record_many",
    "seal",
    "verify",
    "verify_alone",
]
