"""Surveys as something to broadcast: whom a survey is for, and what each of them is told when his turn comes.

The list is written on the survey's first day; a short one goes out at once, a long one waits for a second person. Staff
can broadcast a running survey again: to whoever has come to be picked since.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import orjson

from backend.access import SYSTEM, Actor
from backend.eligibility import RuleInvalid
from backend.foundation import clock, db
from backend.notifications import broadcasts
from backend.notifications.broadcasts import drafting, releasing
from backend.notifications.broadcasts.errors import NothingToBroadcast
from backend.notifications.broadcasts.freezing import freeze_locked
from backend.notifications.broadcasts.rows import lock
from backend.outbox import OutboxItem
from backend.questions.surveys import messages, picking

NAME: Final = "surveys"

_RUNNING: Final = """
SELECT id, title, reason, rule, opens_on, closes_on, author_id, edited_by, reviewer_id FROM surveys
WHERE id = $1 AND state = 'released' AND closes_on >= $2
"""
# Locked against a withdrawal: it comes before this slice, or finds in `told_at` everyone whom the slice told.
_RUNNING_LOCKED: Final = f"{_RUNNING} FOR SHARE"
_FIND: Final = """
INSERT INTO survey_invited (survey_id, person_id, enterprise_id, invited_at)
SELECT $2, b.person_id, e.id, $1 FROM bindings b JOIN enterprises e ON e.id = b.enterprise_id
WHERE {acting} AND {surely} ORDER BY b.person_id, e.id
ON CONFLICT (survey_id, person_id, enterprise_id) DO NOTHING
"""
# Each person once, for his first enterprise; whoever was told is told no more.
_CHOSEN: Final = """
SELECT i.person_id, (array_agg(e.id ORDER BY e.name, e.id))[1] AS enterprise_id
FROM survey_invited i JOIN enterprises e ON e.id = i.enterprise_id
WHERE i.survey_id = $1 GROUP BY i.person_id HAVING count(i.told_at) = 0
"""
OF_PERSON: Final = f"""
SELECT i.person_id, (array_agg(e.id ORDER BY e.name, e.id))[1] AS enterprise_id, min(e.name) AS name,
       count(*) AS enterprises
FROM survey_invited i
JOIN bindings b ON b.person_id = i.person_id AND b.enterprise_id = i.enterprise_id
JOIN enterprises e ON e.id = i.enterprise_id
WHERE {picking.ACTING} AND i.survey_id = $2 AND NOT EXISTS (
    SELECT FROM survey_answers a WHERE a.survey_id = i.survey_id AND a.enterprise_id = e.id AND a.answers IS NOT NULL)
"""
"""SQL: invited people by their enterprises that have not answered; $1 is now, $2 the survey. Group by person."""

_WAITING: Final = f"{OF_PERSON} AND i.person_id = ANY ($3::uuid[]) GROUP BY i.person_id"
_TOLD: Final = """
UPDATE survey_invited SET told_at = $3 WHERE survey_id = $1 AND person_id = ANY ($2::uuid[]) AND told_at IS NULL
"""
_NOBODY: Final[Mapping[str, Any]] = {
    "person_id": UUID(int=0),
    "enterprise_id": UUID(int=0),
    "name": "",
    "enterprises": 1,
}
SAMPLE: Final = {"enterprise": "您的企业（试发）"}


async def invite(items: Sequence[OutboxItem]) -> None:
    """Begin the broadcast of each survey whose first day has come, one after the other."""
    for item in sorted(items, key=lambda item: str(item.payload["survey_id"])):
        survey = await _running(_RUNNING_LOCKED, UUID(item.payload["survey_id"]))
        if survey is not None:
            made = await drafting.write(NAME, _draft(survey), actor=SYSTEM)
            await releasing.release_short(await freeze_locked(await lock(made), ORIGIN))


async def draft(survey_id: UUID, actor: Actor) -> broadcasts.Draft:
    """Return what a broadcast of a running survey says; raises NothingToBroadcast."""
    actor.require("surveys.read")
    survey = await _running(_RUNNING, survey_id)
    if survey is None or survey["opens_on"] > clock.today():
        raise NothingToBroadcast
    return _draft(survey)


async def gather(one: broadcasts.Broadcast) -> broadcasts.Selection:
    """Write down whom the survey surely picks, and choose whoever was not told of it."""
    survey = await _running(_RUNNING_LOCKED, one.origin_id)
    if survey is None:
        raise broadcasts.OriginOver
    try:
        surely = picking.surely(orjson.loads(survey["rule"]), 3)
    except RuleInvalid as refusal:
        raise broadcasts.OriginHolds("事实目录已有变化，这项调查的对象条件须修改。") from refusal
    await db.execute(_FIND.format(acting=picking.ACTING, surely=surely.sql), clock.now(), one.origin_id, *surely.params)
    return broadcasts.Selection(_CHOSEN, (one.origin_id,))


async def compose(one: broadcasts.Broadcast, people: Sequence[broadcasts.Recipient]) -> broadcasts.Composed:
    """Write to whoever still speaks for an enterprise that has not answered; the others are left out."""
    survey = await _running(_RUNNING_LOCKED, one.origin_id)
    if survey is None:
        raise broadcasts.OriginOver
    asked = [person.person_id for person in people]
    rows = {row["person_id"]: dict(row) for row in await db.fetch(_WAITING, clock.now(), one.origin_id, asked)}
    await db.execute(_TOLD, one.origin_id, list(rows), clock.now())
    written = [messages.invited(survey, rows[person]) for person in asked if person in rows]
    return broadcasts.Composed(written, {person: "fits_no_more" for person in asked if person not in rows})


async def _running(sql: str, survey_id: UUID) -> dict[str, Any] | None:
    row = await db.fetch_one(sql, survey_id, clock.today())
    return None if row is None else dict(row)


def _draft(survey: Mapping[str, Any]) -> broadcasts.Draft:
    """Take what all messages share from one as it would be written."""
    some = messages.invited(survey, _NOBODY)
    return broadcasts.Draft(
        kind=messages.INVITED,
        origin_id=survey["id"],
        title=survey["title"],
        fields={name: text for name, text in some.fields.items() if name not in SAMPLE},
        page=f"pages/survey/detail?id={survey['id']}",
        not_after=some.not_after,
        makers=tuple({survey[name] for name in ("author_id", "edited_by", "reviewer_id")} - {None}),
    )


ORIGIN: Final = broadcasts.Origin(draft=draft, gather=gather, compose=compose, sample=SAMPLE)
