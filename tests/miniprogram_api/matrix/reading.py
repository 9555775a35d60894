"""Who may search policies for an enterprise, and keep some for himself."""

from tests.backend.policies.people import published
from tests.miniprogram_api.matrix.consents import persons
from tests.miniprogram_api.matrix.policies import _bound
from tests.support.matrix import Call, Row, World


async def _searched(world: World) -> Call:
    await published()
    return Call(params={"enterprise_id": await _bound(world)}, query={"q": "小店 减费", "action": "policies"})


async def _to_keep(world: World) -> Call:
    await persons(world)
    return Call(params={"policy_id": (await published()).id})


_KEPT = "/api/owner/v1/favourite-policies"

ROWS = (
    Row("GET", "/api/owner/v1/enterprises/<enterprise_id:uuid>/policies/search", others=404, arrange=_searched),
    Row("GET", _KEPT),
    Row("PUT", f"{_KEPT}/<policy_id:uuid>", arrange=_to_keep),
    Row("DELETE", f"{_KEPT}/<policy_id:uuid>", arrange=_to_keep),
)
