"""The files of an edition: staff set them on the open one; once it is out they stay as they are.

A file is uploaded first and attached by its id; one that stands with no edition a day later is let go.
"""

from collections.abc import AsyncIterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import orjson

from backend import audit, files, runtime
from backend.access import Actor
from backend.files.purposes import MEGABYTE
from backend.foundation import clock, db
from backend.policies.editing import versions
from backend.policies.editing.versions import Handled
from backend.policies.errors import AttachmentUnknown, PolicyUnknown
from backend.policies.models import Policy, PolicyVersion

PURPOSE: Final = "policy_attachment"
MOST: Final = 20
UNUSED_FOR: Final = timedelta(days=1)
_AT_ONCE: Final = 500

# Locked against the sweep: what is attached stays, what was swept is no longer there.
_HIS = """
SELECT f.id FROM files f
WHERE f.id = ANY($1::uuid[]) AND f.purpose = $2 AND f.state = 'stored' AND (
    (f.owner_kind = $3 AND f.owner_id = $4)
    OR EXISTS (SELECT FROM policy_attachments a JOIN policy_versions v ON v.id = a.version_id
               WHERE a.file_id = f.id AND v.policy_id = $5)
) FOR SHARE OF f
"""
_DETACH = "DELETE FROM policy_attachments WHERE version_id = $1"
_ATTACH = """
INSERT INTO policy_attachments (version_id, file_id, title, position)
SELECT $1, given.file_id, given.title, given.position
FROM unnest($2::uuid[], $3::text[]) WITH ORDINALITY AS given (file_id, title, position)
"""
_COPY = """
INSERT INTO policy_attachments (version_id, file_id, title, position)
SELECT $1, a.file_id, a.title, a.position FROM policy_attachments a
WHERE a.version_id = (
    SELECT id FROM policy_versions WHERE policy_id = $2 AND edition < $3 ORDER BY edition DESC LIMIT 1
)
"""
_SHOWN = "'file_id', a.file_id, 'title', a.title, 'mime', f.media_type, 'size', f.size"
# What was withdrawn closes what it took over from the editions before it as well.
_IS_SHOWN: Final = """
v.published_at IS NOT NULL AND NOT EXISTS (
    SELECT FROM policy_versions w WHERE w.policy_id = v.policy_id AND w.edition >= v.edition AND w.state = 'withdrawn')
"""
ATTACHED: Final = f"""
(SELECT json_agg(json_build_object({_SHOWN}) ORDER BY a.position)::text
 FROM policy_attachments a JOIN files f ON f.id = a.file_id WHERE a.version_id = v.id AND {_IS_SHOWN})
"""
"""SQL: what readers get of the files of an edition `v`, for `signed`; none of what isn't out or was withdrawn."""

_IS_ATTACHED: Final = f"""
SELECT EXISTS (SELECT FROM policy_attachments a JOIN policy_versions v ON v.id = a.version_id
               WHERE a.file_id = $1 AND {_IS_SHOWN})
"""

_ALL = f"""
SELECT coalesce(json_agg(json_build_object(
    'edition', v.edition, 'state', v.state, 'name', f.name, {_SHOWN}
) ORDER BY v.edition DESC, a.position), '[]')::text
FROM policy_versions v JOIN policy_attachments a ON a.version_id = v.id JOIN files f ON f.id = a.file_id
WHERE v.policy_id = $1
"""
_UNUSED = """
SELECT f.id FROM files f
WHERE f.purpose = $1 AND f.state = 'stored' AND f.created_at < $2
  AND NOT EXISTS (SELECT FROM policy_attachments a WHERE a.file_id = f.id)
ORDER BY f.created_at LIMIT $3 FOR UPDATE SKIP LOCKED
"""
_STILL_UNUSED = """
SELECT id FROM unnest($1::uuid[]) AS f (id)
WHERE NOT EXISTS (SELECT FROM policy_attachments a WHERE a.file_id = f.id)
"""


@dataclass(frozen=True, slots=True)
class Attachment:
    """An uploaded file with the words it is shown by."""

    file_id: UUID
    title: str


async def receive(policy_id: UUID, body: bytes | AsyncIterable[bytes], *, actor: Actor) -> files.Kept:
    """Take in a file that, once entered, `attach` may name; raises PolicyUnknown, and what `files.receive` refuses."""
    actor.require("policies.write")
    if not await Policy.exists(id=policy_id):
        raise PolicyUnknown
    return await files.receive(actor, PURPOSE, body, max_bytes=most_bytes())


def most_bytes() -> int:
    return runtime.current().settings.policy_attachment_megabytes * MEGABYTE


async def attach(policy_id: UUID, wanted: Sequence[Attachment], *, actor: Actor, version: int) -> Handled:
    """Make these, in this order, the attachments of the open version; like any edit it has to be reviewed again.

    Raises AttachmentUnknown for a file that this person didn't upload and that no edition of this policy has.
    """
    actor.require("policies.write")
    ids = [one.file_id for one in wanted]
    async with db.transaction():
        policy = await versions.locked(policy_id, version)
        current = await versions.open_or_refuse(policy_id)
        found = await db.fetch(_HIS, ids, PURPOSE, actor.kind.value, actor.id, policy_id)
        if len(found) < len(ids):
            raise AttachmentUnknown
        await db.execute(_DETACH, current.id)
        await db.execute(_ATTACH, current.id, ids, [one.title for one in wanted])
        await versions.touch(current, actor)
        await audit.record(actor, "policies.attached", table=versions.TABLE, row_id=current.id, fields=("attachments",))
        return await versions.handled(policy, current)


async def copy(current: PolicyVersion) -> None:
    """Let a new edition begin with the files of the one before it."""
    await db.execute(_COPY, current.id, current.policy_id, current.edition)


async def of_policy(actor: Actor, policy_id: UUID) -> list[dict[str, Any]]:
    """Return the files of every edition with their links, the newest edition first; for staff of the library."""
    actor.require("policies.read")
    if not await Policy.exists(id=policy_id):
        raise PolicyUnknown
    return signed(await db.fetch_value(_ALL, policy_id), for_readers=False)


async def is_shown(file_id: UUID) -> bool:
    """Tell whether readers may open a file now: a link that was given before a withdrawal ends with it."""
    return bool(await db.fetch_value(_IS_ATTACHED, file_id))


def signed(attached: str | None, *, for_readers: bool = True) -> list[dict[str, Any]]:
    """Return what `ATTACHED` gave, each file with a link that opens it for ten minutes."""
    found = orjson.loads(attached or "[]")
    return [{**one, "url": files.address(UUID(one["file_id"]), for_readers=for_readers)} for one in found]


def told_with(told: str, attached: str | None) -> bytes:
    """Return a policy as JSON (an object) with its `attachments`: {file_id, title, mime, size, url} each."""
    return told.rstrip().removesuffix("}").encode() + b',"attachments":' + orjson.dumps(signed(attached)) + b"}"


async def sweep() -> int:
    """Let go what was uploaded a day ago and stands with no edition; returns how many files."""
    async with db.transaction():
        old = await db.fetch(_UNUSED, PURPOSE, clock.now() - UNUSED_FOR, _AT_ONCE)
        # Looked at again under the lock: somebody may have attached one just before it was taken.
        unused = await db.fetch(_STILL_UNUSED, [row["id"] for row in old])
        return await files.delete_all([row["id"] for row in unused])
