"""The files of a salon: a poster that everybody sees, and what is handed out to whoever came or waited in vain.

A file is uploaded first and named by its id then; what no salon names a day later is let go.
"""

from collections.abc import AsyncIterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal
from uuid import UUID

import orjson

from backend import files
from backend.access import SYSTEM, Actor
from backend.files import StoredFile, films
from backend.foundation import clock, db
from backend.foundation.errors import Forbidden
from backend.salons.errors import FileUnknown, SalonUnknown
from backend.salons.visibility import EDIT, salons_visible_to

POSTER: Final = "salon_poster"
MATERIAL: Final = "salon_material"
RECORDING: Final = "salon_recording"
What = Literal["poster", "material", "recording"]
PURPOSES: Final[Mapping[What, str]] = {"poster": POSTER, "material": MATERIAL, "recording": RECORDING}
# What people call a kind of file, and how its names end.
_KINDS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "pdf": ("PDF", ("pdf",)),
    "docx": ("Word", ("docx",)),
    "doc": ("Word", ("doc",)),
    "xlsx": ("Excel", ("xlsx",)),
    "xls": ("Excel", ("xls",)),
    "pptx": ("PowerPoint", ("pptx",)),
    "ppt": ("PowerPoint", ("ppt",)),
    "jpeg": ("JPEG", ("jpg", "jpeg")),
    "png": ("PNG", ("png",)),
    "webp": ("WebP", ("webp",)),
    "mp4": ("MP4", ("mp4",)),
    "m4a": ("M4A", ("m4a",)),
}
HANDED_OUT: Final = (MATERIAL, RECORDING)
POSTERS_AT: Final = "/api/public/v1/salon-posters/"
UNUSED_FOR: Final = timedelta(days=1)
_AT_ONCE: Final = 500

MATERIALS: Final = """
(SELECT coalesce(json_agg(json_build_object('title', m.title, 'url', m.url, 'file_id', m.file_id,
     'mime', f.media_type, 'size', f.size) ORDER BY m.position), '[]')
 FROM salon_materials m LEFT JOIN files f ON f.id = m.file_id WHERE m.salon_id = s.id)::text AS materials
"""
"""SQL: what a salon `s` hands out, for `told`."""

_MAY: Final = "SELECT {may} AS may FROM salons s WHERE s.id = $1 AND {visible}"
_NAMED: Final = """
(EXISTS (SELECT FROM salon_materials m WHERE m.file_id = f.id{of_materials})
 OR EXISTS (SELECT FROM salons s WHERE s.poster_id = f.id{of_posters}))
"""
# Locked against the sweep: what is named stays, what was swept is no longer there.
_THEIRS: Final = f"""
SELECT f.id FROM files f
WHERE f.id = ANY ($1::uuid[]) AND f.purpose = ANY ($2::text[]) AND f.state = 'stored' AND (
    (f.owner_kind = $3 AND f.owner_id IS NOT DISTINCT FROM $4::uuid)
    OR {_NAMED.format(of_materials=" AND m.salon_id = $5", of_posters=" AND s.id = $5")}
) FOR SHARE OF f
"""
_TAKE_DOWN: Final = "DELETE FROM salon_materials WHERE salon_id = $1"
_HAND_OUT: Final = """
INSERT INTO salon_materials (salon_id, position, title, url, file_id)
SELECT $1, n.position, n.title, n.url, n.file_id
FROM unnest($2::text[], $3::text[], $4::uuid[]) WITH ORDINALITY AS n (title, url, file_id, position)
"""
_IS_POSTER: Final = "SELECT EXISTS (SELECT FROM salons WHERE poster_id = $1 AND published_at IS NOT NULL)"
_IS_HANDED_OUT: Final = """
SELECT EXISTS (SELECT FROM salon_materials m JOIN salons s ON s.id = m.salon_id
               WHERE m.file_id = $1 AND s.state IN ('held', 'archived'))
"""
_UNUSED: Final = f"""
SELECT f.id FROM files f
WHERE f.purpose = ANY ($1::text[]) AND f.state = 'stored' AND f.created_at < $2
  AND NOT {_NAMED.format(of_materials="", of_posters="")}
ORDER BY f.created_at LIMIT $3 FOR UPDATE SKIP LOCKED
"""
_STILL_UNUSED: Final = f"""
SELECT id FROM unnest($1::uuid[]) AS f (id) WHERE NOT {_NAMED.format(of_materials="", of_posters="")}
"""


def _use(what: What) -> dict[str, Any]:
    rules = files.PURPOSES[PURPOSES[what]]
    named = [_KINDS[kind] for kind in rules.kinds]
    return {
        "what": what,
        "kinds": list(dict.fromkeys(word for word, _ in named)),
        "endings": [ending for _, endings in named for ending in endings],
        "max_bytes": rules.max_bytes,
    }


USES: Final = tuple(_use(what) for what in PURPOSES)
"""What each use takes, for whoever chooses a file before it is sent."""


@dataclass(frozen=True, slots=True)
class Material:
    """One thing to read or watch: a title and where it lies: a link, or a file that was uploaded."""

    title: str
    url: str | None = None
    file_id: UUID | None = None


async def receive(
    salon_id: UUID, what: What, name: str, content: bytes | AsyncIterable[bytes], *, actor: Actor
) -> StoredFile:
    """Take a file in that may then be named; raises SalonUnknown, Forbidden, and what `files.receive` refuses."""
    visible, may = salons_visible_to(actor), salons_visible_to(actor, EDIT)
    sql = _MAY.format(may=may.render(2), visible=visible.render(2 + len(may.params)))
    found = await db.fetch_one(sql, salon_id, *may.params, *visible.params)
    if found is None:
        raise SalonUnknown
    if not found["may"]:
        raise Forbidden(EDIT)
    inspect = films.look if what == "recording" else None
    return await files.store(actor, PURPOSES[what], name, content, inspect=inspect)


async def claim(salon_id: UUID, file_ids: Sequence[UUID], purposes: Sequence[str], *, actor: Actor) -> None:
    """Hold files that a salon is to name, in the caller's transaction.

    Raises FileUnknown for one that this person did not upload and that the salon does not name already.
    """
    wanted = set(file_ids)
    if not wanted:
        return
    given = (list(wanted), list(purposes), actor.kind.value, actor.id, salon_id)
    if len(await db.fetch(_THEIRS, *given)) < len(wanted):
        raise FileUnknown


async def hand_out(salon_id: UUID, materials: Sequence[Material], *, actor: Actor) -> None:
    """Write what a locked salon hands out, in this order; raises FileUnknown."""
    file_ids = [one.file_id for one in materials if one.file_id is not None]
    await claim(salon_id, file_ids, HANDED_OUT, actor=actor)
    await db.execute(_TAKE_DOWN, salon_id)
    columns = ([getattr(one, name) for one in materials] for name in ("title", "url", "file_id"))
    await db.execute(_HAND_OUT, salon_id, *columns)


def told(materials: str, *, for_readers: bool) -> list[dict[str, Any]]:
    """Return what `MATERIALS` gave, each file with a link that opens it for ten minutes."""
    return [
        one if one["file_id"] is None else {**one, "url": files.address(UUID(one["file_id"]), for_readers=for_readers)}
        for one in orjson.loads(materials)
    ]


def poster_address(poster_id: UUID | None) -> str | None:
    """Return where anybody sees the poster of a published salon; another poster has another address."""
    return None if poster_id is None else f"{POSTERS_AT}{poster_id}"


async def poster(file_id: UUID) -> StoredFile | None:
    """Return the poster of a published salon; None for anything else."""
    return await files.get(SYSTEM, file_id) if await is_poster(file_id) else None


async def is_poster(file_id: UUID) -> bool:
    return bool(await db.fetch_value(_IS_POSTER, file_id))


async def is_handed_out(file_id: UUID) -> bool:
    """Tell whether readers may open a file now: a link ends with its being taken back."""
    return bool(await db.fetch_value(_IS_HANDED_OUT, file_id))


SHOWN: Final[Mapping[str, files.IsShown]] = {
    POSTER: is_poster,
    MATERIAL: is_handed_out,
    RECORDING: is_handed_out,
}


async def sweep() -> int:
    """Let go what was uploaded a day ago and no salon names; returns how many files."""
    async with db.transaction():
        old = await db.fetch(_UNUSED, list(PURPOSES.values()), clock.now() - UNUSED_FOR, _AT_ONCE)
        # Looked at again under the lock: somebody may have named one just before it was taken.
        unused = await db.fetch(_STILL_UNUSED, [row["id"] for row in old])
        return await files.delete_all([row["id"] for row in unused])
