"""Who may have an answer told again, and read the fact catalogue."""

from uuid import UUID

from backend.foundation import db
from backend.foundation.ids import new_id
from backend.policies.reading import replay
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.people import published
from tests.miniprogram_api.matrix.policies import READERS, _bound
from tests.support.matrix import Call, Row, World


async def _given(shop: UUID) -> Call:
    """An answer that a shop got."""
    done = await published()
    row = await db.fetch_one("SELECT id, rule_hash FROM policy_versions WHERE policy_id = $1", done.id)
    assert row is not None
    told = await replay.answered(row["id"], row["rule_hash"], shop)
    return Call(params={"enterprise_id": shop, "match_id": told["match_id"]})


async def _to_the_owner(world: World) -> Call:
    return await _given(await _bound(world))


async def _to_somebody(_world: World) -> Call:
    return await _given(await enterprise(await db.fetch_value("SELECT count(*)::int FROM enterprises"), employees=3))


async def _to_advise(_world: World) -> Call:
    await published(f"政策{new_id()}")
    shop = await db.fetch_value("SELECT id FROM enterprises LIMIT 1") or await enterprise(1, employees=3)
    return Call(params={"enterprise_id": shop}, query={"answer": "yes"})


_OWNER = "/api/owner/v1/enterprises/<enterprise_id:uuid>/matches/<match_id:str>"
_STAFF = "/api/staff/v1/enterprises/<enterprise_id:uuid>/matches/<match_id:str>"

ROWS = (
    Row("GET", _OWNER, others=404, arrange=_to_the_owner),
    Row("GET", _STAFF, roles=READERS, arrange=_to_somebody),
    Row("GET", "/api/staff/v1/enterprises/<enterprise_id:uuid>/policies", roles=READERS, arrange=_to_advise),
    Row("GET", "/api/staff/v1/facts", roles=READERS),
)
