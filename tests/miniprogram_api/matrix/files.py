"""Uploads and links."""

from backend import files
from backend.access import Actor
from tests.support.matrix import Call, Row, World

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


async def _stored(owner: Actor) -> files.StoredFile:
    return await files.store(owner, "licence_photo", "营业执照.pdf", PDF)


async def _an_upload(world: World) -> Call:
    return Call(query={"purpose": "licence_photo"}, files={"file": ("营业执照.pdf", PDF, "image/jpeg")})


async def _mine(world: World) -> Call:
    return Call(params={"file_id": (await _stored(world.owner)).id})


async def _a_link(world: World) -> Call:
    file = await _stored(world.owner)
    query = dict(part.split("=", 1) for part in files.link(file.id).split("&"))
    return Call(params={"file_id": file.id}, query=query)


ROWS = (
    Row("POST", "/api/owner/v1/files", arrange=_an_upload),
    Row("GET", "/api/owner/v1/files/<file_id:uuid>", others=404, arrange=_mine),
    # a link is followed by whoever holds it; `tests/miniprogram_api/files` shows that only ours lead anywhere
    Row("GET", "/api/public/v1/files/<file_id:uuid>", arrange=_a_link),
)
