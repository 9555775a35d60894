"""Hands something over to be checked, in the transaction that stores it, and takes it back."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from backend import runtime
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.logging import get_logger

log = get_logger(__name__)

JOB: Final = "moderate"
COMMENT: Final = 2
"""The scene under which WeChat is asked: what somebody writes below his own name."""
LONGEST: Final = 2_400
"""Characters of one piece; WeChat takes 2,500."""
OVERLAP: Final = 100
"""Characters that two pieces of one text share, so that a word cut in two is whole in one of them."""

_SUBJECT: Final = """
INSERT INTO moderation_subjects (id, origin, origin_id, person_id, district, scene, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_PARTS: Final = """
INSERT INTO moderation_parts (id, subject_id, position, kind, file_id, next_at, created_at)
SELECT p.id, $1, p.position, CASE WHEN p.file_id IS NULL THEN 'text' ELSE 'media' END, p.file_id, $2, $2
FROM unnest($3::uuid[], $4::uuid[]) WITH ORDINALITY AS p (id, file_id, position)
"""
_WORDS: Final = "INSERT INTO moderation_words (part_id, body) SELECT * FROM unnest($1::uuid[], $2::text[])"
_WITHDRAW: Final = """
WITH gone AS (
    UPDATE moderation_subjects SET state = 'withdrawn', decided_at = $3
    WHERE origin = $1 AND origin_id = ANY ($2::uuid[]) AND state IN ('waiting', 'held') RETURNING id
), parts AS (
    UPDATE moderation_parts SET state = 'withdrawn', next_at = NULL, settled_at = $3
    WHERE subject_id IN (SELECT id FROM gone) AND state IN ('waiting', 'asked')
), words AS (
    UPDATE moderation_words SET over_at = $3
    WHERE part_id IN (SELECT p.id FROM moderation_parts p JOIN gone ON gone.id = p.subject_id)
)
SELECT id FROM gone
"""


@dataclass(frozen=True, slots=True)
class Content:
    """What is to be checked: texts as they were written, and files whose links WeChat will open."""

    texts: Sequence[str] = ()
    files: Sequence[UUID] = ()

    def pieces(self) -> Iterator[tuple[str | None, UUID | None]]:
        for text in self.texts:
            yield from ((piece, None) for piece in cut(text))
        yield from ((None, file_id) for file_id in self.files)


def cut(text: str) -> Iterable[str]:
    """Return a text in pieces that WeChat takes; of an empty one nothing."""
    return [text[at : at + LONGEST] for at in range(0, max(len(text) - OVERLAP, bool(text)), LONGEST - OVERLAP)]


async def submit(
    origin: str,
    origin_id: UUID,
    content: Content,
    *,
    person_id: UUID,
    district: str | None = None,
    scene: int = COMMENT,
) -> UUID:
    """Let a thing be checked and return the id under which staff see it if it is held.

    In the transaction that stores the thing; its outcome comes to the handler of its origin (`telling.py`). A thing is
    checked once: what is changed afterwards is another thing. Raises ValueError for one with nothing in it.
    """
    pieces = list(content.pieces())
    if not pieces or not db.in_transaction():
        raise ValueError("something to check is handed over in the transaction that stores it")
    moment, subject_id, ids = clock.now(), new_id(), [new_id() for _ in pieces]
    await db.execute(_SUBJECT, subject_id, origin, origin_id, person_id, district, scene, moment)
    await db.execute(_PARTS, subject_id, moment, ids, [file_id for _, file_id in pieces])
    texts = [(part_id, text) for part_id, (text, _) in zip(ids, pieces, strict=True) if text is not None]
    await db.execute(_WORDS, [part_id for part_id, _ in texts], [text for _, text in texts])
    db.after_commit(wake)
    return subject_id


async def wake() -> None:
    """Wake a worker; without one, or in a tool, the sweep finds the rows within seconds."""
    try:
        wake_ups = runtime.current().wake_ups
    except runtime.NotRunning:
        log.debug("moderation.nobody_woken")
    else:
        await wake_ups.wake(JOB)


async def withdraw(origin: str, origin_ids: Sequence[UUID]) -> list[UUID]:
    """Take back what nobody has decided yet, in the origin's transaction; returns the ids under which staff saw it."""
    return [row["id"] for row in await db.fetch(_WITHDRAW, origin, list(origin_ids), clock.now())]
