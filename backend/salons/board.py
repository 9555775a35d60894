"""What is asked at a salon: checked before others see it, then a case; told in the end as asked and answered.

The host reads a live board. What he answers on the spot is noted and told in the case's timeline; the case goes its own
way until its owner says it is done.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend import audit, cases, moderation
from backend.access import SYSTEM, Actor, Condition
from backend.cases import CaseState, Channel, Opening
from backend.eligibility import promises
from backend.foundation import clock, db
from backend.foundation.errors import Forbidden
from backend.foundation.ids import new_id
from backend.foundation.logging import mask_text
from backend.foundation.paging import cut, decode_cursor, encode_cursor
from backend.moderation import Content, Outcome, SubjectState
from backend.salons.errors import AskingOver, AskTooOften, QuestionUnknown, SalonUnknown, SignupUnknown
from backend.salons.seats import answering
from backend.salons.visibility import NAME, RUN, salons_visible_to

TABLE: Final = "salon_questions"
AFTER: Final = timedelta(days=7)
"""So long after the end one may still ask."""
MOST: Final = 5
PAGE: Final = 100
"""So many are told at once, the newest first, where nobody asks for fewer or more."""
PHASES: Final = {"before": "会前", "during": "会中", "after": "会后"}
_TITLE: Final = 60
_CATEGORIES: Final = {"policy": "consult_policy"}
_ELSEWHERE: Final = "help_other"
_ANSWERED: Final = frozenset(
    {CaseState.ANSWERED, CaseState.CLOSED_CONFIRMED, CaseState.CLOSED_BY_SILENCE, CaseState.CLOSED_BY_DECISION}
)

# He who has, had or waits for a seat; his row is the lock under which his questions are counted.
_SIGNUP: Final = """
SELECT g.enterprise_id, s.starts_at, s.ends_at, s.district FROM salon_signups g JOIN salons s ON s.id = g.salon_id
WHERE g.salon_id = $1 AND g.person_id = $2 AND g.nth IS NOT NULL AND s.state IN ('published', 'open', 'closed', 'held')
FOR NO KEY UPDATE OF g
"""
_COUNT: Final = "SELECT count(*) FROM salon_questions WHERE salon_id = $1 AND person_id = $2"
_ASK: Final = """
INSERT INTO salon_questions (id, salon_id, person_id, enterprise_id, phase, body, asked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_CHECKED: Final = """
SELECT q.id, q.state, q.person_id, q.enterprise_id, q.body, q.asked_at, s.district, s.title, s.topic
FROM salon_questions q JOIN salons s ON s.id = q.salon_id WHERE q.id = ANY ($1::uuid[]) ORDER BY q.id FOR UPDATE OF q
"""
_MOVE: Final = """
UPDATE salon_questions q SET state = t.state, reason = t.reason
FROM unnest($1::uuid[], $2::text[], $3::text[]) AS t (id, state, reason) WHERE q.id = t.id
"""
_LISTED: Final = """
SELECT q.id, q.phase, q.body, q.state, q.asked_at, q.spoken_answer, q.spoken_at, q.reason,
    (SELECT e.name FROM enterprises e WHERE e.id = q.enterprise_id) AS enterprise, q.person_id
FROM salon_questions q WHERE q.salon_id = $1 AND {which}{beyond} ORDER BY q.asked_at DESC, q.id DESC LIMIT {limit}
"""
_BEYOND: Final = " AND (q.asked_at, q.id) < ($2, $3::uuid)"
# Of all that others may read, however many stand on a page.
_TOLD: Final = """
SELECT count(*) AS asked, count(*) FILTER (WHERE q.spoken_at IS NOT NULL OR EXISTS (
    SELECT FROM cases c WHERE c.origin = $2 AND c.origin_id = q.id AND c.state = ANY ($3::text[]))) AS answered
FROM salon_questions q WHERE q.salon_id = $1 AND q.state = 'shown'
"""
_PUBLISHED: Final = "SELECT s.id FROM salons s WHERE s.id = $1 AND {visible}"
_OF: Final = "SELECT salon_id, state FROM salon_questions WHERE id = $1"
_SPEAK: Final = """
UPDATE salon_questions SET spoken_answer = $2, spoken_at = $3, spoken_by = $4 WHERE id = $1 AND state = 'shown'
"""


async def ask(salon_id: UUID, body: str, *, actor: Actor) -> UUID:
    """Take a question in; raises SignupUnknown for who has not signed up, AskingOver, AskTooOften."""
    if actor.id is None:
        raise Forbidden
    async with db.transaction():
        row = await db.fetch_one(_SIGNUP, salon_id, actor.id)
        if row is None:
            raise SignupUnknown("报名后才能为这场沙龙提问；其他问题请到“问微所需”。")
        if clock.now() > row["ends_at"] + AFTER:
            raise AskingOver
        if await db.fetch_value(_COUNT, salon_id, actor.id) >= MOST:
            raise AskTooOften
        made = new_id()
        await db.execute(_ASK, made, salon_id, actor.id, row["enterprise_id"], _phase(row), body, clock.now())
        await moderation.submit(NAME, made, Content([body]), person_id=actor.id, district=row["district"])
        acting = replace(actor, enterprise_id=row["enterprise_id"])
        await audit.record(acting, "salons.asked", table=TABLE, row_id=made, fields=("body",))
    return made


async def checked(outcomes: Sequence[Outcome]) -> None:
    """Take what the checks came to: a case for what may be shown, a sentence for the rest."""
    by_id = {one.origin_id: one for one in sorted(outcomes, key=lambda one: one.state is not SubjectState.HELD)}
    rows = [row for row in await db.fetch(_CHECKED, list(by_id)) if row["state"] in ("checking", "held")]
    states = [_wanted(by_id[row["id"]]) for row in rows]
    reasons = [by_id[row["id"]].reason or "" for row in rows]
    await db.execute(_MOVE, [row["id"] for row in rows], states, reasons)
    shown = [row for row, state in zip(rows, states, strict=True) if state == "shown"]
    if shown:
        await cases.open_many([_opening(row) for row in shown], actor=SYSTEM)


async def answer_on_the_spot(question_id: UUID, words: str, *, actor: Actor) -> None:
    """Note what the host said; its asker reads it in the case. Raises QuestionUnknown, Invalid for a promise."""
    promises.refuse(words=words)
    async with db.transaction():
        found = await db.fetch_one(_OF, question_id)
        if found is None:
            raise QuestionUnknown
        await answering.of_salon(found["salon_id"], actor)
        if not await db.execute(_SPEAK, question_id, words, clock.now(), actor.id):
            raise QuestionUnknown
        await cases.tell(NAME, question_id, f"现场答复：{words}", actor=actor)
        await audit.record(actor, "salons.answered_there", table=TABLE, row_id=question_id, fields=("spoken_answer",))


async def live(salon_id: UUID, *, actor: Actor, cursor: str | None = None, limit: int = PAGE) -> dict[str, Any]:
    """Return the board of whoever runs a salon, with what is still checked; raises SalonUnknown, Forbidden."""
    await answering.of_salon(salon_id, actor, RUN, is_locked=False)
    return await _page(salon_id, "q.state <> 'refused'", cursor, limit, is_staff=True)


async def shown(
    salon_id: UUID, actor: Actor | None = None, *, cursor: str | None = None, limit: int = PAGE
) -> dict[str, Any]:
    """Return what was asked at a published salon, and how much of it is answered; without names, phones and identities.

    Who asked reads what he wrote.
    """
    visible = salons_visible_to(actor) if actor else Condition("s.published_at IS NOT NULL")
    if await db.fetch_value(_PUBLISHED.format(visible=visible.render(2)), salon_id, *visible.params) is None:
        raise SalonUnknown
    return await _page(salon_id, "q.state = 'shown'", cursor, limit, me=actor.id if actor else None)


async def _page(
    salon_id: UUID, which: str, cursor: str | None, limit: int, *, is_staff: bool = False, me: UUID | None = None
) -> dict[str, Any]:
    after = decode_cursor(cursor, datetime, UUID) or ()
    sql = _LISTED.format(which=which, beyond=_BEYOND if after else "", limit=limit + 1)
    rows = await db.fetch(sql, salon_id, *after)
    page, following = cut(rows, limit, lambda row: encode_cursor(row["asked_at"], row["id"]))
    counts = await db.fetch_one(_TOLD, salon_id, NAME, [state.value for state in _ANSWERED])
    return {**dict(counts or {}), "items": await _told(page, is_staff=is_staff, me=me), "next": following}


async def _told(rows: Sequence[Record], *, is_staff: bool, me: UUID | None) -> list[dict[str, Any]]:
    standings = await cases.of(NAME, [row["id"] for row in rows if row["state"] == "shown"])
    items = []
    for row in rows:
        standing, is_mine = standings.get(row["id"]), me is not None and row["person_id"] == me
        is_answered = row["spoken_at"] is not None or (standing is not None and standing.state in _ANSWERED)
        item = {
            "id": row["id"],
            "phase": row["phase"],
            "phase_word": PHASES[row["phase"]],
            "body": row["body"] if is_staff or is_mine else mask_text(row["body"]),
            "asked_at": row["asked_at"],
            "spoken_answer": row["spoken_answer"] if is_staff or is_mine else mask_text(row["spoken_answer"]),
            "is_answered": is_answered,
            "is_mine": is_mine,
        }
        if is_staff:
            number = standing.number if standing else None
            item |= {"state": row["state"], "enterprise": row["enterprise"], "case_number": number}
        items.append(item)
    return items


def _phase(row: Record) -> str:
    now = clock.now()
    if now < row["starts_at"]:
        return "before"
    return "during" if now <= row["ends_at"] else "after"


def _wanted(outcome: Outcome) -> str:
    if outcome.may_be_shown:
        return "shown"
    return "held" if outcome.state is SubjectState.HELD else "refused"


def _opening(row: Record) -> Opening:
    return Opening(
        NAME,
        row["id"],
        _CATEGORIES.get(row["topic"], _ELSEWHERE),
        f"沙龙提问：{row['body']}"[:_TITLE],
        f"在《{row['title']}》上的提问：{row['body']}",
        Channel.MINI_PROGRAM,
        person_id=row["person_id"],
        enterprise_id=row["enterprise_id"],
        district=row["district"],
        received_at=row["asked_at"],
    )
