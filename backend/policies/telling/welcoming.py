"""Who is newly bound, and comes to fit several policies by it, is told once how many, not once for each.

Every version that is counted is told with it: he hears of it no more, unless it is withdrawn or corrected. One alone is
told by its name, as to anybody else.

A night that brings more people than one person's word may reach tells none of them: they become the list of a
broadcast, which grows range by range as a draft, is frozen when the night is over, and waits for its release.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, Never
from uuid import UUID

from asyncpg import Record

from backend import notifications, outbox, runtime
from backend.access import Actor
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.notifications import broadcasts
from backend.notifications.broadcasts import holding
from backend.notifications.broadcasts.errors import NothingToBroadcast
from backend.outbox import Handler, OutboxItem
from backend.policies import messages

CHUNK: Final = 2_000
NAME: Final = "policy_welcomes"
CLOSE: Final = "policies.welcomes"
"""Outbox topic: the night is over, freeze the list that it made; payload {}."""
TOPICS: Final = (CLOSE,)
KIND: Final = "policy_welcome"

# More than a list may have that goes out without a second person, or a list that an unfinished night has begun.
_ARE_MANY: Final = """
SELECT EXISTS (SELECT FROM broadcasts WHERE origin = $1 AND state = 'draft') OR (
    SELECT count(*) > $2::int FROM (
        SELECT DISTINCT d.person_id FROM policy_due d
        WHERE NOT EXISTS (SELECT FROM policy_checked k WHERE k.binding_id = d.binding_id) LIMIT $2 + 1
    ) AS newcomers)
"""
_LIVE: Final = "v.state = 'published' AND v.pushes_paused_at IS NULL"
_UNTOLD: Final = f"r.told_at IS NULL AND r.broadcast_id IS NULL AND r.found_by = 'difference' AND {_LIVE}"
# New is a binding that no night has been done with. A list that waits for its release keeps whom it has.
_NEWCOMERS: Final = f"""
SELECT r.person_id FROM policy_recipients r JOIN policy_versions v ON v.id = r.version_id
WHERE {_UNTOLD} AND r.person_id IN (
    SELECT d.person_id FROM policy_due d WHERE d.person_id > $1 AND d.person_id <= $2
    AND NOT EXISTS (SELECT FROM policy_checked k WHERE k.binding_id = d.binding_id))
GROUP BY r.person_id HAVING count(*) > 1 ORDER BY r.person_id LIMIT $3
"""
_COUNTED: Final = """
SELECT t.person_id, count(*)::int AS policies, count(DISTINCT e.id)::int AS enterprises,
       (array_agg(e.id ORDER BY e.name, e.id))[1] AS enterprise_id, min(e.name) AS name
FROM taken t JOIN enterprises e ON e.id = t.enterprise_id GROUP BY t.person_id ORDER BY t.person_id
"""
# $1 newcomers; $2 when they are told, else $3 the broadcast that they wait for.
_TAKE: Final = f"""
WITH taken AS (
    UPDATE policy_recipients r SET told_at = $2::timestamptz, broadcast_id = $3::uuid FROM policy_versions v
    WHERE r.person_id = ANY($1::uuid[]) AND v.id = r.version_id AND {_UNTOLD}
    RETURNING r.person_id, r.enterprise_id
){_COUNTED}"""
# What does not go with it (paused, withdrawn) is told by itself when it may be.
_TAKE_LISTED: Final = f"""
WITH listed AS (
    UPDATE policy_recipients r SET
        told_at = CASE WHEN {_LIVE} THEN $2::timestamptz END, broadcast_id = CASE WHEN {_LIVE} THEN r.broadcast_id END
    FROM policy_versions v
    WHERE r.person_id = ANY($1::uuid[]) AND r.broadcast_id = $3 AND r.told_at IS NULL AND v.id = r.version_id
    RETURNING r.person_id, r.enterprise_id, r.told_at
), taken AS (SELECT person_id, enterprise_id FROM listed WHERE told_at IS NOT NULL){_COUNTED}"""


async def are_many() -> bool:
    """Tell whether a night that knows what is due brings so many that their list wants a release."""
    above = runtime.current().settings.release_above
    return bool(await db.fetch_value(_ARE_MANY, NAME, above))


async def welcome(day: date, after: UUID, upto: UUID, *, holds: bool) -> bool:
    """Tell the next newcomers of a range of persons, or let them wait, in the night's transaction.

    Tells whether more may be left.
    """
    people = [row["person_id"] for row in await db.fetch(_NEWCOMERS, after, upto, CHUNK)]
    if people and holds:
        listed = await holding.growing(NAME, _draft())
        await holding.add(listed, [_recipient(row) for row in await db.fetch(_TAKE, people, None, listed)])
    elif people:
        rows = await db.fetch(_TAKE, people, clock.now(), None)
        await notifications.tell([messages.welcomed(dict(row), day) for row in rows])
    return len(people) == CHUNK


async def close_later() -> None:
    """Have the list frozen that a night has made; nothing when it made none."""
    if await holding.is_growing(NAME):
        await outbox.put(CLOSE, {})


async def _close(items: Sequence[OutboxItem]) -> None:  # noqa: ARG001  one list, however many notes
    await holding.close(NAME)


async def _refuse(thing: UUID, actor: Actor) -> Never:  # noqa: ARG001  nobody asks for one: nights make them
    raise NothingToBroadcast


async def _not_by_hand(one: broadcasts.Broadcast) -> Never:  # noqa: ARG001
    raise broadcasts.OriginHolds("名单由系统在夜间整理，整理完会自动冻结并提醒放行。")


async def _compose(one: broadcasts.Broadcast, people: Sequence[broadcasts.Recipient]) -> broadcasts.Composed:
    """Write how many policies still stand for each; whom none is left for is left out."""
    asked = [person.person_id for person in people]
    day = one.created_at.astimezone(clock.SHANGHAI).date()
    rows = await db.fetch(_TAKE_LISTED, asked, clock.now(), one.id)
    told = {row["person_id"] for row in rows}
    written = [messages.welcomed(dict(row), day) for row in rows]
    return broadcasts.Composed(written, {person: "fits_no_more" for person in asked if person not in told})


def _draft() -> broadcasts.Draft:
    some = messages.welcomed({"person_id": UUID(int=0), "enterprise_id": UUID(int=0), **_NOBODY}, clock.today())
    shared = {name: text for name, text in some.fields.items() if name not in SAMPLE}
    return broadcasts.Draft(KIND, new_id(), f"新绑定用户的政策汇总（{clock.today()}）", shared, "pages/policy/feed")


def _recipient(row: Record) -> broadcasts.Recipient:
    return broadcasts.Recipient(row["person_id"], row["enterprise_id"])


_NOBODY: Final[Mapping[str, Any]] = {"name": "", "enterprises": 1, "policies": 2}
SAMPLE: Final = {"enterprise": "您的企业（试发）", "summary": "您可能符合2项政策", "count": "2"}
ORIGIN: Final = broadcasts.Origin(draft=_refuse, gather=_not_by_hand, compose=_compose, sample=SAMPLE)
HANDLERS: Final[Mapping[str, Handler]] = {CLOSE: _close}
