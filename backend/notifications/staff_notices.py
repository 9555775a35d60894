"""Tells staff what waits for them: a notice in the console first, then their own phone when they have bound one.

    await staff_notices.tell("policy_review_wanted", to=Holders("policies.review"), but=[author], fields={…},
                             once=f"policy-review:{version_id}:{moment}", subject=version_id)
    await staff_notices.settle([version_id], "policy_review_wanted")   when somebody has done it

Both in the transaction of the command that causes it. Whoever holds the permission when it is told is told, in one
statement, each once in 180 days for one `once`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from asyncpg import Record

from backend.access import ROLES
from backend.foundation import clock, db
from backend.foundation.parts import Part, joined
from backend.notifications.message import Message
from backend.notifications.preferences import PHONE_KIND
from backend.notifications.staff_kinds import staff_kind
from backend.notifications.telling import tell as tell_owners

PAGE: Final = "pages/work/notices"

# Who holds a permission for a row of this district and unit, as `access.granted` would show it to him: a grant that is
# limited to districts sees no row without one, a unit limits only where rows have one.
_HOLDERS: Final = """
SELECT DISTINCT s.id FROM staff s JOIN staff_grants g ON g.staff_id = s.id
WHERE s.state = 'active' AND NOT s.must_change_password AND g.ended_at IS NULL
  AND (g.until_at IS NULL OR g.until_at > $1) AND g.role = ANY ($2::text[])
  AND (g.capabilities = '{}' OR $3::text = ANY (g.capabilities))
  AND (g.districts = '{}' OR EXISTS (SELECT FROM unnest(g.districts) AS d WHERE starts_with($4::text, d)))
  AND (g.unit_id IS NULL OR $5::uuid IS NULL OR g.unit_id = $5)
"""
# The keys come in their own order, as those of messages do.
_TELL: Final = """
told AS MATERIALIZED (
    SELECT uuidv7() AS id, s.id AS staff_id, 'staff:' || s.id || ':' || $2 AS key
    FROM staff s WHERE s.id = ANY ($1::uuid[]) AND s.state = 'active'
), fresh AS (
    INSERT INTO dedupe_keys (key, on_day) SELECT key, $3::date FROM told ORDER BY key
    ON CONFLICT (key) DO NOTHING RETURNING key
), phones AS MATERIALIZED (
    SELECT t.id, t.staff_id, b.person_id FROM fresh JOIN told t USING (key)
    LEFT JOIN staff_phones b ON b.staff_id = t.staff_id AND b.ended_at IS NULL AND NOT EXISTS (
        SELECT FROM staff_notice_preferences p WHERE p.staff_id = t.staff_id AND p.kind = $4 AND NOT p.is_on)
), noted AS (
    INSERT INTO staff_notices (id, staff_id, kind, title, body, link, once, subject, is_pushed, created_at)
    SELECT id, staff_id, $4, $5, $6, $7, $2, $8::uuid, person_id IS NOT NULL, $9::timestamptz FROM phones
)
"""
NEW: Final = "SELECT id, person_id FROM phones"
"""What a statement answers that a part of `part` belongs to; `push` wants it."""
_LATEST: Final = """
SELECT id, created_at FROM staff_notices
WHERE staff_id = $1 AND kind = $2 AND subject = $3::uuid AND created_at > $4
    AND settled_at IS NULL AND read_at IS NULL AND archived_at IS NULL
ORDER BY created_at DESC LIMIT 1 FOR NO KEY UPDATE
"""
_REWRITE: Final = "UPDATE staff_notices SET body = $2 WHERE id = $1"
# What was pushed and still waits for its turn is pushed no more.
_SETTLING: Final = """
WITH settled AS (
    UPDATE staff_notices SET settled_at = $3
    WHERE {which} AND settled_at IS NULL AND kind = ANY ($2::text[])
    RETURNING id, is_pushed
), silenced AS (
    INSERT INTO called_off (subject, at, because) SELECT id, $3, 'cancelled' FROM settled WHERE is_pushed
    ON CONFLICT (subject) DO NOTHING
)
SELECT count(*) FROM settled
"""
_SETTLE: Final = _SETTLING.format(which="subject = ANY ($1::uuid[])")
_SETTLE_OTHERS: Final = _SETTLING.format(which="subject IS NOT NULL AND subject <> ALL ($1::uuid[])")


@dataclass(frozen=True, slots=True)
class Holders:
    """Everybody who holds a permission now; for a row of this district and unit, where it has one."""

    permission: str
    district: str | None = None
    unit: UUID | None = None


async def tell(
    kind: str,
    to: Holders | Sequence[UUID],
    *,
    fields: Mapping[str, str],
    once: str,
    subject: UUID | None = None,
    but: Sequence[UUID | None] = (),
) -> int:
    """Write notices in the open transaction and return how many were new.

    `but` are those who may not do it, or did it themselves. `subject` names the thing, so that `settle` finds them.
    Raises WrongMessage for a kind that isn't there or lacks a field, before anything is written.
    """
    people = await _holders(to) if isinstance(to, Holders) else to
    written = part(kind, sorted(set(people) - set(but)), fields=fields, once=once, subject=subject)
    rows = await db.fetch(*joined(written, answer=NEW))
    await push(kind, rows)
    return len(rows)


def part(
    kind: str, staff: Sequence[UUID], *, fields: Mapping[str, str], once: str, subject: UUID | None = None
) -> Part:
    """Return what writes notices, as `tell` does, for a command that sends all it writes as one statement.

    The statement answers NEW, and `push` follows it in the same transaction. Raises WrongMessage.
    """
    if not db.in_transaction():
        raise RuntimeError("a notice is written in the transaction of the command that causes it")
    known = staff_kind(kind)
    body, link = known.write(fields)
    return Part(_TELL, (list(staff), once, clock.today(), kind, known.title, body, link, subject, clock.now()))


@dataclass(frozen=True, slots=True)
class Unread:
    """A notice that nobody has read: what is added to its matter is said in it, not beside it."""

    id: UUID
    kind: str
    since: datetime

    async def rewrite(self, fields: Mapping[str, str]) -> None:
        """Say in it what it says by now; raises WrongMessage for a field that lacks."""
        await db.execute(_REWRITE, self.id, staff_kind(self.kind).write(fields)[0])


async def unread(kind: str, staff_id: UUID, subject: UUID, within: timedelta) -> Unread | None:
    """Return what somebody was told of a subject this short time ago and hasn't read; locked in the transaction."""
    row = await db.fetch_one(_LATEST, staff_id, kind, subject, clock.now() - within)
    return Unread(row["id"], kind, row["created_at"]) if row else None


async def settle(subjects: Sequence[UUID], *kinds: str) -> int:
    """Note that what these kinds ask for about subjects is done, by whomever; returns how many notices that closes."""
    return int(await db.fetch_value(_SETTLE, list(subjects), list(kinds), clock.now()))


async def settle_all_but(subjects: Sequence[UUID], *kinds: str) -> int:
    """Note that what these kinds ask for is done, but for the subjects that still want it: lists that ran empty."""
    return int(await db.fetch_value(_SETTLE_OTHERS, list(subjects), list(kinds), clock.now()))


async def _holders(to: Holders) -> list[UUID]:
    roles = [role.value for role, held in ROLES.items() if to.permission in held]
    capability = to.permission.partition(".")[0]
    rows = await db.fetch(_HOLDERS, clock.now(), roles, capability, to.district, to.unit)
    return [row["id"] for row in rows]


async def push(kind: str, rows: Sequence[Record]) -> None:
    """Say on the phone only what kind of thing waits: a notice may name an enterprise, and the phone is his own."""
    name = staff_kind(kind).name
    at = f"{clock.now().astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"
    fields = {"matter": name, "at": at, "hint": "请到工作台查看并办理"}
    messages = [
        Message(PHONE_KIND, row["person_id"], f"staff-notice:{row['id']}", fields, PAGE, subject=row["id"])
        for row in rows
        if row["person_id"] is not None
    ]
    if messages:
        await tell_owners(messages)
