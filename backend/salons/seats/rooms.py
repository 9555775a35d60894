"""Salons as they stand, for whoever decides: their times, free seats and those who wait, by one statement."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend.eligibility import Rule, RuleInvalid
from backend.enterprises.rules import parse_stored
from backend.foundation import db
from backend.foundation.logging import get_logger
from backend.salons.seats.admitting import Quota, Room
from backend.salons.states import SalonState

log = get_logger(__name__)

COLUMNS: Final = """
s.id, s.title, s.state, s.opens_at, s.closes_at, s.starts_at, s.per_enterprise, s.needs_approval,
    s.approval_days, s.district, s.unit_id, s.schedule_id, s.form::text AS form, s.is_limited,
    CASE WHEN s.is_limited THEN s.rule END::text AS rule,
    (SELECT json_agg(json_build_array(q.id, q.way, q.kept_until, q.seats + q.extra - q.taken) ORDER BY q.position)
     FROM salon_quotas q WHERE q.salon_id = s.id)::text AS quotas,
    (SELECT json_agg(json_build_array(w.way, w.is_first, w.priority, w.waiting))
     FROM salon_waiting w WHERE w.salon_id = s.id AND w.waiting > 0)::text AS waiting
"""
"""What `held` reads of a salon `s`."""
_ROOMS: Final = f"SELECT {COLUMNS} FROM salons s WHERE s.id = ANY ($1::uuid[])"
_LOCK: Final = "SELECT id FROM salons WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE"


@dataclass(frozen=True, slots=True)
class Held:
    """A salon with its room, and what else deciding needs of it.

    `rule` is that of a limited salon; None for others, and for one that the fact catalogue has left behind.
    """

    room: Room
    title: str
    starts_at: datetime
    approval_days: int
    district: str | None
    unit_id: UUID | None
    schedule_id: UUID
    form: Mapping[str, Any]
    is_limited: bool
    rule: Rule | None


async def lock(salon_ids: Iterable[UUID]) -> None:
    """Lock salons in the caller's transaction, in an order that all share.

    Whoever changes a sign-up or a quota holds its salon's lock: seats are decided by one at a time.
    """
    await db.execute(_LOCK, list(salon_ids))


async def of(salon_ids: Iterable[UUID]) -> dict[UUID, Held]:
    """Return salons by id; to decide on seats, lock them before."""
    return {row["id"]: held(row) for row in await db.fetch(_ROOMS, list(salon_ids))}


def held(row: Record) -> Held:
    """Return the salon of a row with COLUMNS."""
    room = Room(
        row["id"],
        SalonState(row["state"]),
        row["opens_at"],
        row["closes_at"],
        row["per_enterprise"],
        row["needs_approval"],
        [_quota(*one) for one in orjson.loads(row["quotas"] or "[]")],
        {(way, is_first, priority): n for way, is_first, priority, n in orjson.loads(row["waiting"] or "[]")},
        starts_at=row["starts_at"],
    )
    return Held(
        room,
        row["title"],
        row["starts_at"],
        row["approval_days"],
        row["district"],
        row["unit_id"],
        row["schedule_id"],
        _form(row["form"]),
        row["is_limited"],
        _rule(row["rule"]) if row["rule"] else None,
    )


def _quota(quota_id: str, way: str, kept_until: str | None, free: int) -> Quota:
    return Quota(UUID(quota_id), way, datetime.fromisoformat(kept_until) if kept_until else None, free)


@lru_cache(maxsize=256)
def _form(stored: str) -> Mapping[str, Any]:
    form: Mapping[str, Any] = orjson.loads(stored)
    return form


@lru_cache(maxsize=256)
def _rule(stored: str) -> Rule | None:
    """Return a rule; None for one that a release left behind: then nobody is known to fit, and staff look."""
    try:
        return parse_stored(orjson.loads(stored))
    except RuleInvalid as refusal:
        log.warning("salons.rule_left_behind", detail=refusal.detail)
        return None
