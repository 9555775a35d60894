"""Products as they are read: the shelf that owners see, and every edition for who edits them."""

from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend.access import Actor
from backend.financing import errors
from backend.financing.catalogue.matching import LIVE, plain
from backend.financing.catalogue.products import EDIT, FOREVER
from backend.financing.states import VERSION_WORDS, VersionState
from backend.foundation import clock, db
from backend.foundation.paging import count_column, counted, cut, decode_cursor, encode_cursor

READ: Final = "financing.read"
_VERSION: Final = """
v.id AS version_id, v.product_id, v.edition, v.state, v.name, v.summary, v.collateral, v.repayments, v.amount_min_wan,
v.amount_max_wan, v.months_min, v.months_max, v.rate_kind, v.rate_min_percent, v.rate_max_percent, v.lpr_tenor,
v.bp_min, v.bp_max, v.day_count, v.fees::text AS fees, v.materials, v.is_follow_on, v.rule::text AS rule, v.source,
v.author_id, v.valid_from, v.valid_until, v.written_at, v.published_at, v.ended_at, v.end_reason, p.institution_id,
i.name AS institution, i.kind AS institution_kind, p.version,
(SELECT s.name FROM staff s WHERE s.id = v.author_id) AS author,
(SELECT s.name FROM staff s WHERE s.id = v.publisher_id) AS publisher
"""
_FROM: Final = """
financing_product_versions v JOIN financing_products p ON p.id = v.product_id
JOIN financing_institutions i ON i.id = p.institution_id
"""
_WANTED: Final = f"""
{_FROM} WHERE ($1::text IS NULL OR v.state = $1) AND ($2::uuid IS NULL OR p.institution_id = $2)
"""
_OF_BANK: Final = f"{_FROM} WHERE p.institution_id = $1 AND v.state <> 'draft'"
_EDITIONS: Final = f"SELECT {_VERSION} FROM {_FROM} WHERE v.product_id = $1 ORDER BY v.edition DESC"
_SHELF: Final = f"""
SELECT {_VERSION} FROM {_FROM} WHERE {LIVE.format(day="$1")} AND ($2::uuid IS NULL OR v.id < $2)
ORDER BY v.id DESC LIMIT $3
"""
_WITHIN: Final = ("author", "publisher", "written_at", "end_reason", "version")
"""What of a product is nobody's business but the bureau's."""


async def listed(
    actor: Actor, *, state: str | None, institution_id: UUID | None, cursor: str | None, limit: int
) -> dict[str, Any]:
    """Return one page of editions for staff with their count, the newest first."""
    actor.require(READ)
    after = decode_cursor(cursor, UUID)
    sql = f"""
    SELECT {_VERSION}{count_column(_WANTED, cursor)} FROM {_WANTED} AND ($3::uuid IS NULL OR v.id < $3)
    ORDER BY v.id DESC LIMIT $4
    """
    rows = await db.fetch(sql, state, institution_id, after[0] if after else None, limit + 1)
    page, following = cut(rows, limit, lambda row: encode_cursor(row["version_id"]))
    return {"items": [_told(row) for row in page], "next": following, **counted(rows, cursor)}


async def editions(actor: Actor, product_id: UUID) -> dict[str, Any]:
    """Return a product with all its editions, the newest first; raises ProductUnknown."""
    actor.require(READ)
    rows = await db.fetch(_EDITIONS, product_id)
    if not rows:
        raise errors.ProductUnknown
    told = [_told(row) for row in rows]
    return {"id": product_id, "version": rows[0]["version"], "may": list(_may(actor, rows)), "editions": told}


def _may(actor: Actor, rows: Sequence[Record]) -> Iterator[str]:
    """Say what the actor can do with a product as it stands: nobody publishes what he wrote himself."""
    if not actor.can(EDIT):
        return
    yield "edit"
    by_state = {row["state"]: row for row in rows}
    draft = by_state.get(VersionState.DRAFT)
    if draft is not None and draft["author_id"] != actor.id and draft["valid_until"] >= clock.today():
        yield "publish"
    if VersionState.PUBLISHED in by_state:
        yield "withdraw"


async def live(*, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return one page of what can be asked for now: for anybody, by age and nobody's rank."""
    after = decode_cursor(cursor, UUID)
    rows = await db.fetch(_SHELF, clock.today(), after[0] if after else None, limit + 1)
    page, following = cut(rows, limit, lambda row: encode_cursor(row["version_id"]))
    told = [{name: value for name, value in _told(row).items() if name not in _WITHIN} for row in page]
    return {"items": told, "next": following}


async def of_bank(institution_id: UUID, *, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return one page of what is or was on offer of one institution, for its own desk; drafts are the bureau's."""
    after = decode_cursor(cursor, UUID)
    sql = f"""
    SELECT {_VERSION}{count_column(_OF_BANK, cursor)} FROM {_OF_BANK} AND ($2::uuid IS NULL OR v.id < $2)
    ORDER BY v.id DESC LIMIT $3
    """
    rows = await db.fetch(sql, institution_id, after[0] if after else None, limit + 1)
    page, following = cut(rows, limit, lambda row: encode_cursor(row["version_id"]))
    told = [{name: value for name, value in _told(row).items() if name not in _WITHIN} for row in page]
    return {"items": told, "next": following, **counted(rows, cursor)}


def _told(row: Record) -> dict[str, Any]:
    numbers = ("amount_min_wan", "amount_max_wan", "rate_min_percent", "rate_max_percent")
    return {
        **{name: value for name, value in row.items() if name not in ("found", "author_id")},
        **{name: row[name] if row[name] is None else plain(row[name]) for name in numbers},
        "state_word": VERSION_WORDS[VersionState(row["state"])],
        "fees": orjson.loads(row["fees"]),
        "rule": orjson.loads(row["rule"]),
        "valid_until": None if row["valid_until"] == FOREVER else row["valid_until"],
    }
