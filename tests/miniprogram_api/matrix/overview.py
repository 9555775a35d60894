"""How the service runs is for those who operate it; words are for everybody who signed in."""

from backend.access import Role
from tests.miniprogram_api.matrix.salons import READERS
from tests.miniprogram_api.matrix.salons import published_one as _salon
from tests.support.matrix import Row

WATCHERS = frozenset({Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR})

ROWS = (
    Row("GET", "/api/staff/v1/health", roles=WATCHERS),
    Row("GET", "/api/staff/v1/salons/<salon_id:uuid>/follow-through", roles=READERS, arrange=_salon),
    Row("GET", "/api/staff/v1/words", roles=frozenset(Role)),
)
