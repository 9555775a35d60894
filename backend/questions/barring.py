"""Who may ask nothing in the mini-program for a time, why and by which rule; he may appeal, and another person decides.

The counter and the hotline stay open to him. A bar ends by itself on its day.
"""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend import audit
from backend.access import Actor, ActorKind, Condition, granted
from backend.access.listing import newest
from backend.cases.visibility import visible_to as cases_visible_to
from backend.foundation import clock, db
from backend.foundation.errors import FieldError, Forbidden, Invalid
from backend.foundation.ids import new_id
from backend.notifications import tell
from backend.questions import messages, notices
from backend.questions.errors import (
    AppealedBefore,
    Barred,
    BarredBefore,
    BarUnknown,
    DecidedBySame,
    NoAppeal,
    QuestionUnknown,
)

PERMISSION: Final = "questions.bar"
LONGEST: Final = timedelta(days=180)
_TABLE: Final = "question_bars"

_LIVE: Final = "b.ended_at IS NULL AND b.until_at > {}::timestamptz"
_OF: Final = f"""
SELECT b.until_at FROM question_bars b WHERE b.person_id = $1 AND {_LIVE.format("$2")} ORDER BY b.until_at DESC LIMIT 1
"""
# Whom staff bar they know by a question of his that they see as a case, or that they looked at when it was held.
_ASKER: Final = """
SELECT q.id, q.person_id, q.district, q.number FROM questions q
LEFT JOIN cases c ON c.origin = 'questions' AND c.origin_id = q.id
WHERE q.id = $1 AND q.person_id IS NOT NULL AND ({} OR {})
"""
_LOCK_PERSON: Final = "SELECT FROM persons WHERE id = $1 FOR NO KEY UPDATE"
_BAR: Final = """
INSERT INTO question_bars (id, person_id, question_id, district, reason, citation, barred_by, barred_at, until_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_LOCKED: Final = """
SELECT b.*, coalesce((SELECT q.number FROM questions q WHERE q.id = b.question_id), '0') AS number
FROM question_bars b WHERE b.id = $1 AND {} FOR UPDATE OF b
"""
_IS_HIS: Final = """
SELECT EXISTS (SELECT FROM staff_phones p WHERE p.staff_id = $1 AND p.person_id = $2 AND p.ended_at IS NULL)
"""
_END: Final = "UPDATE question_bars SET ended_at = $2, end_reason = $3 WHERE id = $1"
_OWN_LIVE: Final = f"""
SELECT b.id, b.appealed_at, b.district, b.barred_by FROM question_bars b
WHERE b.person_id = $1 AND {_LIVE.format("$2")} ORDER BY b.id DESC LIMIT 1 FOR UPDATE
"""
_APPEAL: Final = "UPDATE question_bars SET appeal = $2, appealed_at = $3 WHERE id = $1"
_DECIDE: Final = """
UPDATE question_bars SET is_upheld = $2, decided_by = $3, decided_at = $4, decision = $5,
    ended_at = CASE WHEN $2 THEN $4 ELSE ended_at END, end_reason = CASE WHEN $2 THEN $5 ELSE end_reason END
WHERE id = $1
"""
_MINE: Final = """
SELECT id, reason, citation, barred_at, until_at, ended_at, appeal, appealed_at, is_upheld, decision, decided_at
FROM question_bars WHERE person_id = $1 AND (ended_at IS NULL OR decided_at IS NOT NULL) ORDER BY id DESC LIMIT 1
"""
_ITEM: Final = """
b.id, b.question_id, b.district, b.reason, b.citation, b.barred_at, b.until_at, b.ended_at, b.end_reason, b.appeal,
b.appealed_at, b.is_upheld, b.decided_at, b.decision, b.barred_by AS barred_by_id,
(SELECT q.number FROM questions q WHERE q.id = b.question_id) AS number,
(SELECT c.id FROM cases c WHERE c.origin = 'questions' AND c.origin_id = b.question_id) AS case_id,
(SELECT s.name FROM staff s WHERE s.id = b.barred_by) AS barred_by,
(SELECT s.name FROM staff s WHERE s.id = b.decided_by) AS decided_by
"""


def visible_to(actor: Actor) -> Condition:
    """Return the condition over `question_bars b`: a person's own, and staff's by the district."""
    if actor.kind is ActorKind.OWNER:
        return Condition("b.person_id = {}::uuid", (actor.id,))
    return granted(actor, PERMISSION, district="b.district")


async def refuse_barred(person_id: UUID) -> None:
    """Raise Barred for a person who may ask nothing now."""
    until = await db.fetch_value(_OF, person_id, clock.now())
    if until is not None:
        raise Barred(until)


async def bar(question_id: UUID, reason: str, citation: str, until: datetime, *, actor: Actor) -> UUID:
    """Bar the asker of a question until a moment; he is told why, by which rule, and how to appeal.

    Raises QuestionUnknown, BarredBefore.
    """
    actor.require(PERMISSION)
    moment, made = clock.now(), new_id()
    if not moment < until <= moment + LONGEST:
        raise Invalid(fields=(FieldError("until", "range", f"期限须在今后 {LONGEST.days} 天以内。"),))
    cases_seen, own = (
        cases_visible_to(actor) & cases_visible_to(actor, PERMISSION),
        granted(actor, PERMISSION, district="q.district"),
    )
    async with db.transaction():
        sql = _ASKER.format(cases_seen.render(2), own.render(2 + len(cases_seen.params)))
        asker = await db.fetch_one(sql, question_id, *cases_seen.params, *own.params)
        if asker is None:
            raise QuestionUnknown
        person = asker["person_id"]
        await db.execute(_LOCK_PERSON, person)
        if await db.fetch_value(_OF, person, moment) is not None:
            raise BarredBefore
        await db.execute(
            _BAR, made, person, question_id, asker["district"], reason, citation, actor.id, moment, until
        )  # fmt: skip
        await audit.record(
            actor, "questions.barred", table=_TABLE, row_id=made, detail={"reason": reason, "until": until}
        )
        told = messages.barred(made, person, number=asker["number"], until=until, reason=reason, at=moment)
        await tell([told])
    return made


async def lift(bar_id: UUID, reason: str, *, actor: Actor) -> None:
    """End a bar before its day; again changes nothing. Never one's own: raises BarUnknown, DecidedBySame."""
    actor.require(PERMISSION)
    async with db.transaction():
        row = await _locked(bar_id, actor)
        if row["ended_at"] is not None or row["until_at"] <= clock.now():
            return
        if await _is_his(row, actor):
            raise DecidedBySame
        await db.execute(_END, bar_id, clock.now(), reason)
        await audit.record(actor, "questions.bar_lifted", table=_TABLE, row_id=bar_id, detail={"reason": reason})
        await _tell_ended(row, reason)


async def appeal(text: str, *, actor: Actor) -> UUID:
    """Say why the bar should not stand; once a bar. Raises BarUnknown, AppealedBefore."""
    if actor.kind is not ActorKind.OWNER or actor.id is None:
        raise Forbidden
    async with db.transaction():
        row = await db.fetch_one(_OWN_LIVE, actor.id, clock.now())
        if row is None:
            raise BarUnknown
        if row["appealed_at"] is not None:
            raise AppealedBefore
        await db.execute(_APPEAL, row["id"], text, clock.now())
        await audit.record(actor, "questions.bar_appealed", table=_TABLE, row_id=row["id"], fields=("appeal",))
        await notices.appeal_wanted(row["id"], row["district"], row["barred_by"])
    return UUID(str(row["id"]))


async def decide(bar_id: UUID, *, is_upheld: bool, reason: str, actor: Actor) -> None:
    """Decide an appeal, by another person than who barred and who was barred: an upheld one ends the bar.

    Raises BarUnknown, NoAppeal, DecidedBySame.
    """
    actor.require(PERMISSION)
    async with db.transaction():
        row = await _locked(bar_id, actor)
        if row["appealed_at"] is None or row["decided_at"] is not None:
            raise NoAppeal
        if row["barred_by"] == actor.id or await _is_his(row, actor):
            raise DecidedBySame
        moment = clock.now()
        await db.execute(_DECIDE, bar_id, is_upheld, actor.id, moment, reason)
        detail = {"is_upheld": is_upheld, "reason": reason}
        await audit.record(actor, "questions.appeal_decided", table=_TABLE, row_id=bar_id, detail=detail)
        await notices.appeal_decided(bar_id)
        if is_upheld:
            await _tell_ended(row, reason)
        elif row["person_id"] is not None:
            told = messages.appeal_rejected(bar_id, row["person_id"], number=row["number"], words=reason, at=moment)
            await tell([told])


async def _is_his(row: Record, actor: Actor) -> bool:
    """Tell whether it is himself who was barred, as the phone he bound tells."""
    return row["person_id"] is not None and bool(await db.fetch_value(_IS_HIS, actor.id, row["person_id"]))


async def _tell_ended(row: Record, words: str) -> None:
    if row["person_id"] is not None:
        told = messages.bar_ended(row["id"], row["person_id"], number=row["number"], words=words, at=clock.now())
        await tell([told])


async def _locked(bar_id: UUID, actor: Actor) -> Record:
    visible = visible_to(actor)
    row = await db.fetch_one(_LOCKED.format(visible.render(2)), bar_id, *visible.params)
    if row is None:
        raise BarUnknown
    return row


async def mine(actor: Actor) -> dict[str, Any]:
    """Return what the actor's standing is: whether he may ask, and the last bar that was not simply lifted."""
    row = await db.fetch_one(_MINE, actor.id)
    if row is None:
        return {"is_barred": False, "bar": None}
    is_live = row["ended_at"] is None and row["until_at"] > clock.now()
    may = ["appeal"] if is_live and row["appealed_at"] is None else []
    return {"is_barred": is_live, "bar": {**dict(row), "may": may}}


async def page(actor: Actor, *, only: str | None, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return one page for staff, the newest first: all, those that are live, or those whose appeal waits."""
    wanted = visible_to(actor)
    if only == "live":
        wanted = wanted & Condition(_LIVE.format("{}"), (clock.now(),))
    elif only == "appealed":
        wanted = wanted & Condition("b.appealed_at IS NOT NULL AND b.decided_at IS NULL")
    rows, rest = await newest(f"SELECT {_ITEM}", "question_bars b", wanted, of="b", cursor=cursor, limit=limit)
    return {"items": [_told(row, actor) for row in rows], **rest}


async def show(actor: Actor, bar_id: UUID) -> dict[str, Any]:
    """Return one bar with what its reader may do with it; raises BarUnknown."""
    visible = visible_to(actor)
    row = await db.fetch_one(
        f"SELECT {_ITEM} FROM question_bars b WHERE b.id = $1 AND {visible.render(2)}", bar_id, *visible.params
    )
    if row is None:
        raise BarUnknown
    return _told(row, actor)


def _told(row: Record | dict[str, Any], actor: Actor) -> dict[str, Any]:
    is_live = row["ended_at"] is None and row["until_at"] > clock.now()
    waits = row["appealed_at"] is not None and row["decided_at"] is None
    acts = {"lift": is_live, "decide": waits and row["barred_by_id"] != actor.id}
    may = [act for act, fits in acts.items() if fits and actor.can(PERMISSION)]
    shown = {name: value for name, value in row.items() if name != "barred_by_id"}
    return {**shown, "is_live": is_live, "may": may}
