"""What others who cite a version of a policy are told of it: how it stands, and what became of those that ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from asyncpg import Record

from backend.foundation import clock, db
from backend.policies.editing.timing import last_day
from backend.policies.states import WORDS, VersionState

# Locked against an end of theirs: within a transaction none of them ends before it does.
_RELEASED: Final = """
SELECT v.id, v.policy_id, p.number, v.edition, v.title, v.state, v.effective_to, v.apply_until
FROM policy_versions v JOIN policies p ON p.id = v.policy_id
WHERE v.id = ANY ($1::uuid[]) AND v.published_at IS NOT NULL ORDER BY v.id FOR SHARE OF v
"""
# `next`: the edition that took its place, with what that one says was wrong.
_ENDED: Final = """
SELECT v.id, p.number, v.edition, v.title, v.state, v.end_reason, n.edition AS next_edition,
       CASE WHEN n.corrects = v.id THEN n.correction ELSE '' END AS correction
FROM policy_versions v JOIN policies p ON p.id = v.policy_id
LEFT JOIN LATERAL (
    SELECT o.edition, o.corrects, o.correction FROM policy_versions o
    WHERE o.policy_id = v.policy_id AND o.edition > v.edition AND o.published_at IS NOT NULL
    ORDER BY o.edition LIMIT 1
) n ON TRUE
WHERE v.id = ANY ($1::uuid[]) AND v.state IN ('superseded', 'withdrawn', 'expired') ORDER BY v.id
"""


@dataclass(frozen=True, slots=True)
class Reference:
    """A released version, as it is cited; `standing` says in words how it stands."""

    version_id: UUID
    thing_id: UUID
    number: str
    edition: int
    title: str
    is_in_force: bool
    standing: str


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a version that holds no more, and a sentence about it."""

    version_id: UUID
    change: Literal["superseded", "corrected", "withdrawn", "expired"]
    words: str


async def references(version_ids: Sequence[UUID]) -> Mapping[UUID, Reference]:
    """Return those of the versions that were released, by their ids."""
    return {row["id"]: _reference(row) for row in await db.fetch(_RELEASED, list(version_ids))}


async def ended(version_ids: Sequence[UUID]) -> list[Ended]:
    """Return what became of those of the versions that hold no more."""
    return [_ended(row) for row in await db.fetch(_ENDED, list(version_ids))] if version_ids else []


def _reference(row: Record) -> Reference:
    state = VersionState(row["state"])
    last = last_day(row["effective_to"], row["apply_until"])
    is_over = last is not None and last < clock.today()
    standing = WORDS[VersionState.EXPIRED] if state is VersionState.PUBLISHED and is_over else WORDS[state]
    is_in_force = state is VersionState.PUBLISHED and not is_over
    return Reference(row["id"], row["policy_id"], row["number"], row["edition"], row["title"], is_in_force, standing)


def _ended(row: Record) -> Ended:
    named = f"《{row['title']}》第{row['edition']}版"
    match row["state"], row["correction"]:
        case "withdrawn", _:
            return Ended(row["id"], "withdrawn", f"{named}已撤回：{row['end_reason']}")
        case "expired", _:
            return Ended(row["id"], "expired", f"{named}已到期")
        case _, "":
            return Ended(row["id"], "superseded", f"{named}已由第{row['next_edition']}版取代")
        case _, correction:
            return Ended(row["id"], "corrected", f"{named}已由第{row['next_edition']}版更正：{correction}")
