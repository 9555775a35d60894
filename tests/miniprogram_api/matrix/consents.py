"""Texts for everybody, consents for oneself."""

from backend import consents
from backend.foundation import clock, db
from tests.support.matrix import Call, Row, World


async def _a_text(world: World) -> Call:
    return Call(params={"purpose": "privacy"})


async def _an_agreement(world: World) -> Call:
    return Call(body={"purpose": "privacy", "version": consents.text("privacy").version})


async def _a_consent(world: World) -> Call:
    given = await consents.give(world.owner, "privacy", version=consents.text("privacy").version)
    return Call(params={"consent_id": given.id})


async def persons(world: World) -> Call:
    """The owners as signing in leaves them."""
    for one in (world.owner, world.other):
        await db.execute("INSERT INTO persons (id, created_at) VALUES ($1, $2)", one.id, clock.now())
    return Call()


ROWS = (
    Row("GET", "/api/public/v1/consent-texts/<purpose:str>", arrange=_a_text),
    Row("GET", "/api/owner/v1/consents"),
    Row("POST", "/api/owner/v1/consents", arrange=_an_agreement),
    Row("POST", "/api/owner/v1/consents/<consent_id:uuid>/revoke", others=404, arrange=_a_consent),
    Row("GET", "/api/owner/v1/profiling-refusal"),
    Row("PUT", "/api/owner/v1/profiling-refusal", arrange=persons),
    Row("DELETE", "/api/owner/v1/profiling-refusal", arrange=persons),
)
