"""Salons as something to broadcast: whom one is for, and what each of them is told when his turn comes.

The list is written when signing up begins; a short one goes out at once, a long one waits for a second person. Staff
can broadcast a salon again: to whoever has come to fit since.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import orjson

from backend.access import SYSTEM, Actor
from backend.consents import NOT_REFUSED
from backend.eligibility import Predicate, RuleInvalid, compile_rule
from backend.enterprises.audience import REPRESENTING
from backend.enterprises.catalogue import CATALOGUE
from backend.enterprises.rules import parse_stored
from backend.foundation import clock, db
from backend.notifications import Message, broadcasts
from backend.notifications.broadcasts import drafting, releasing
from backend.notifications.broadcasts.errors import NothingToBroadcast
from backend.notifications.broadcasts.freezing import freeze_locked
from backend.notifications.broadcasts.rows import lock
from backend.outbox import Handler, OutboxItem
from backend.salons import messages
from backend.salons.service import PUBLISHED
from backend.salons.visibility import NAME, READ, salons_visible_to

INVITED: Final = "salon_invited"
TOPICS: Final = (PUBLISHED,)
SAMPLE: Final = {"enterprise": "您的企业（试发）"}

_OPEN: Final = """
SELECT s.id, s.title, s.reason, s.rule::text AS rule, s.address, s.starts_at, s.ends_at, s.closes_at, s.schedule_id,
    s.created_by, s.edited_by, 'hall' AS way
FROM salons s WHERE s.id = $1 AND s.rule IS NOT NULL AND s.state IN ('published', 'open') AND s.closes_at > $2
"""
# Locked against a cancellation: it comes before this slice, or calls off what the slice told.
_OPEN_LOCKED: Final = f"{_OPEN} FOR SHARE"
_ACTING: Final = f"{REPRESENTING} AND {NOT_REFUSED.format(person='b.person_id')}"
# Each person once, for his first enterprise that surely fits; whoever signed up needs no invitation, and who was
# invited before gets no second one.
_CHOSEN: Final = """
SELECT b.person_id, (array_agg(e.id ORDER BY e.name, e.id))[1] AS enterprise_id
FROM bindings b JOIN enterprises e ON e.id = b.enterprise_id
WHERE {acting} AND {surely}
  AND NOT EXISTS (SELECT FROM salon_signups g WHERE g.salon_id = $2 AND g.person_id = b.person_id)
  AND NOT EXISTS (SELECT FROM dedupe_keys d WHERE d.key = 'told:' || b.person_id || ':' || $3)
GROUP BY b.person_id
"""
_STILL: Final = """
SELECT b.person_id, min(e.name) AS name, (array_agg(e.id ORDER BY e.name, e.id))[1] AS enterprise_id
FROM bindings b JOIN enterprises e ON e.id = b.enterprise_id
WHERE {acting} AND b.person_id = ANY ($2::uuid[]) AND {surely}
  AND NOT EXISTS (SELECT FROM salon_signups g WHERE g.salon_id = $3 AND g.person_id = b.person_id)
GROUP BY b.person_id
"""
_NOBODY: Final[Mapping[str, Any]] = {"person_id": UUID(int=0), "enterprise_id": UUID(int=0), "name": ""}


async def invite(items: Sequence[OutboxItem]) -> None:
    """Begin the broadcast of each salon for which one can sign up now, one after the other."""
    for item in sorted(items, key=lambda item: str(item.payload["salon_id"])):
        salon = await _open(_OPEN_LOCKED, UUID(item.payload["salon_id"]))
        if salon is not None:
            made = await drafting.write(NAME, _draft(salon), actor=SYSTEM)
            await releasing.release_short(await freeze_locked(await lock(made), ORIGIN))


async def draft(salon_id: UUID, actor: Actor) -> broadcasts.Draft:
    """Return what a broadcast of a salon says; raises NothingToBroadcast."""
    actor.require(READ)
    visible = salons_visible_to(actor)
    sql = f"SELECT s.id FROM salons s WHERE s.id = $1 AND {visible.render(2)}"
    seen = await db.fetch_value(sql, salon_id, *visible.params)
    salon = await _open(_OPEN, salon_id) if seen is not None else None
    if salon is None:
        raise NothingToBroadcast
    return _draft(salon)


async def gather(one: broadcasts.Broadcast) -> broadcasts.Selection:
    """Choose those who speak for an enterprise that surely fits and have not signed up."""
    salon = await _open(_OPEN_LOCKED, one.origin_id)
    if salon is None:
        raise broadcasts.OriginOver
    surely = _surely(salon, 4)
    sql = _CHOSEN.format(acting=_ACTING, surely=surely.sql)
    return broadcasts.Selection(sql, (clock.now(), one.origin_id, _once(one.origin_id), *surely.params))


async def compose(one: broadcasts.Broadcast, people: Sequence[broadcasts.Recipient]) -> broadcasts.Composed:
    """Write to whoever still fits and has not signed up; the others are left out."""
    salon = await _open(_OPEN_LOCKED, one.origin_id)
    if salon is None:
        raise broadcasts.OriginOver
    asked = [person.person_id for person in people]
    surely = _surely(salon, 4)
    sql = _STILL.format(acting=_ACTING, surely=surely.sql)
    rows = {row["person_id"]: row for row in await db.fetch(sql, clock.now(), asked, one.origin_id, *surely.params)}
    written = [_message(salon, dict(rows[person])) for person in asked if person in rows]
    return broadcasts.Composed(written, {person: "fits_no_more" for person in asked if person not in rows})


def _surely(salon: Mapping[str, Any], first_param: int) -> Predicate:
    try:
        rule = parse_stored(orjson.loads(salon["rule"]))
    except RuleInvalid as refusal:
        raise broadcasts.OriginHolds("事实目录已有变化，该沙龙的邀请条件须修改。") from refusal
    return compile_rule(rule, CATALOGUE, clock.today(), first_param=first_param).surely


async def _open(sql: str, salon_id: UUID) -> dict[str, Any] | None:
    row = await db.fetch_one(sql, salon_id, clock.now())
    return None if row is None else dict(row)


def _once(salon_id: UUID) -> str:
    return f"{INVITED}:{salon_id}"


def _message(salon: Mapping[str, Any], row: Mapping[str, Any]) -> Message:
    told = messages.fields(salon)
    return Message(
        INVITED,
        row["person_id"],
        _once(salon["id"]),
        {**told, "enterprise": row["name"], "reason": salon["reason"], "hint": "名额有限，可在小程序报名或候补"},
        f"{messages.PAGE}?id={salon['id']}",
        not_after=salon["closes_at"],
        subject=salon["schedule_id"],
        enterprise=row["enterprise_id"],
    )


def _draft(salon: Mapping[str, Any]) -> broadcasts.Draft:
    """Take what all messages share from one as it would be written."""
    some = _message(salon, _NOBODY)
    return broadcasts.Draft(
        kind=INVITED,
        origin_id=salon["id"],
        title=salon["title"],
        fields={name: text for name, text in some.fields.items() if name not in SAMPLE},
        page=f"{messages.PAGE}?id={salon['id']}",
        not_after=some.not_after,
        makers=tuple({salon[name] for name in ("created_by", "edited_by")} - {None}),
    )


ORIGIN: Final = broadcasts.Origin(draft=draft, gather=gather, compose=compose, sample=SAMPLE)
HANDLERS: Final[Mapping[str, Handler]] = {PUBLISHED: invite}
