"""The trail: plain rows written with every act, sealed into a chain afterwards, verified on demand."""

from backend.audit.archiving import archive
from backend.audit.errors import VerificationRunning
from backend.audit.exporting import export
from backend.audit.queries import Filter, Page, entries, history, listed, sealed_between
from backend.audit.recording import Act, Entry, acts_part, part, record, record_many
from backend.audit.rounds import Slice, go_on, unfinished_since
from backend.audit.sealing import seal
from backend.audit.verifying import Verdict, verify, verify_alone

__all__ = [
    "Act",
    "Entry",
    "Filter",
    "Page",
    "Slice",
    "Verdict",
    "VerificationRunning",
    "acts_part",
    "archive",
    "entries",
    "export",
    "go_on",
    "history",
    "listed",
    "part",
    "record",
    "record_many",
    "seal",
    "sealed_between",
    "unfinished_since",
    "verify",
    "verify_alone",
]
