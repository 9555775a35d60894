"""How the service runs is for those who operate it; words are for everybody who signed in."""

from backend.access import Role
from tests.support.matrix import Row

WATCHERS = frozenset({Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR})

ROWS = (
    Row("GET", "/api/staff/v1/health", roles=WATCHERS),
    Row("GET", "/api/staff/v1/words", roles=frozenset(Role)),
)
