"""The trail is read by auditors, and by nobody else."""

from backend.access import Role
from tests.support.matrix import Row

AUDITORS = frozenset({Role.AUDITOR})

ROWS = (
    Row("GET", "/api/staff/v1/audit", roles=AUDITORS),
    Row("GET", "/api/staff/v1/audit/verification", roles=AUDITORS),
)
