"""The correction list: what rests on something that changed, until somebody has looked at it; telling the askers."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend import audit, notifications
from backend.access import NOTHING, Actor, Condition
from backend.access.listing import newest
from backend.cases import CaseState, writing
from backend.cases.events import Kind, NewEvent
from backend.cases.models import Case
from backend.cases.states import NO_SILENCE
from backend.cases.visibility import visible_to as cases_visible_to
from backend.eligibility import promises
from backend.foundation import clock, db
from backend.foundation.errors import FieldError, Invalid
from backend.foundation.states import WrongState
from backend.notifications import Message
from backend.questions.knowledge import notices, outdating
from backend.questions.knowledge.outdating import TABLE
from backend.questions.knowledge.service import WRITE
from backend.questions.knowledge.states import CORRECTIONS, CorrectionState

READ: Final = "knowledge.read"
KIND: Final = "answer_outdated"
_MATTER, _WORD = "您收到的答复", "依据变更"
_STOPS: Final = ("。", "！", "？")
_PAGE: Final = "pages/cases/detail?id={}"
_MARKED: Final = "公开的答复已标明依据正在核对。"

# The public wording of the answer to a case, which says the same to everybody.
_PUBLICATION: Final = """
(SELECT p.id FROM question_publications p
 WHERE p.question_id = k.origin_id AND k.origin = 'questions' AND p.state = 'published')
"""
_ROW: Final = f"""
SELECT o.id, CASE WHEN o.case_id IS NULL THEN 'article' ELSE 'answer' END AS kind, o.source, o.ref_id, o.change,
       o.words, o.said, o.state, o.reason, o.opened_at, o.settled_at, o.told_at,
       (SELECT s.name FROM staff s WHERE s.id = o.settled_by) AS settled_by,
       v.article_id, a.number AS article_number, v.title AS article_title, v.edition,
       o.case_id, k.number AS case_number, o.seq, k.person_id IS NOT NULL AS has_account,
       {_PUBLICATION} AS publication_id
"""
_FROM: Final = """
knowledge_corrections o LEFT JOIN knowledge_versions v ON v.id = o.version_id
LEFT JOIN knowledge_articles a ON a.id = v.article_id LEFT JOIN cases k ON k.id = o.case_id
"""
_LOCKED: Final = """
SELECT o.id, o.case_id, o.ref_id, o.state, EXISTS (
    SELECT FROM cases k JOIN question_publications p ON p.question_id = k.origin_id AND p.state = 'published'
    WHERE k.id = o.case_id AND k.origin = 'questions' AND p.published_at < o.opened_at) AS is_out
FROM knowledge_corrections o WHERE o.id = ANY ($1::uuid[]) AND {visible} ORDER BY o.id FOR UPDATE
"""
_SETTLED_AS: Final = {
    CorrectionState.CORRECTED: "knowledge.corrected",
    CorrectionState.UNAFFECTED: "knowledge.unaffected",
}
_SETTLE: Final = """
UPDATE knowledge_corrections SET state = $2, settled_at = $3, settled_by = $4, reason = $5 WHERE id = ANY ($1::uuid[])
"""
_TO_TELL: Final = """
SELECT o.id, o.case_id, o.ref_id, o.words, o.told_at, k.number, k.person_id, k.enterprise_id,
       o.state = 'open' AND {publication} IS NOT NULL AS is_public
FROM knowledge_corrections o JOIN cases k ON k.id = o.case_id
WHERE o.id = ANY ($1::uuid[]) AND {visible} ORDER BY o.id FOR UPDATE OF o
"""
# Whose answers are all looked at: nobody has to be told of them any more.
_LOOKED_AT: Final = """
SELECT DISTINCT o.ref_id FROM knowledge_corrections o
WHERE o.id = ANY ($1::uuid[]) AND o.case_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM knowledge_corrections w WHERE w.ref_id = o.ref_id AND w.case_id IS NOT NULL AND w.state = 'open')
"""
_TOLD: Final = "UPDATE knowledge_corrections SET told_at = $2, told_by = $3 WHERE id = ANY ($1::uuid[])"


def visible_to(actor: Actor) -> Condition:
    """Return the condition over `knowledge_corrections o`: articles as whoever reads them, answers as their cases."""
    if not actor.can(READ):
        return NOTHING
    seen = cases_visible_to(actor)
    answers = f"EXISTS (SELECT FROM cases c WHERE c.id = o.case_id AND {seen.sql})"
    return Condition(f"(o.case_id IS NULL OR {answers})", seen.params)


async def page(actor: Actor, *, state: str | None, kind: str | None, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return one page of the list, newest first, with how many there are; `kind` is `article` or `answer`."""
    wanted = visible_to(actor)
    if state is not None:
        wanted = wanted & Condition("o.state = {}::text", (state,))
    if kind is not None:
        wanted = wanted & Condition("(o.case_id IS NULL) = {}::boolean", (kind == "article",))
    rows, rest = await newest(_ROW, _FROM, wanted, of="o", cursor=cursor, limit=limit)
    return {"items": rows, **rest}


async def settle(ids: Sequence[UUID], state: CorrectionState, reason: str, *, actor: Actor) -> list[dict[str, Any]]:
    """Note that lines were looked at; returns each one's outcome: settled, already, unknown or needs_edition.

    An article is corrected by a new edition of it, which closes its lines; by hand it is only found unaffected. Nor is
    an answer corrected while its public wording is the one from before, or it would be recommended again as it was.
    """
    actor.require(WRITE)
    _check(state, reason)
    async with db.transaction():
        rows = {row["id"]: row for row in await _found(_LOCKED, ids, actor)}
        outcomes = {one: _outcome(rows.get(one), state) for one in ids}
        done = [one for one, outcome in outcomes.items() if outcome == "settled"]
        if done:
            await db.execute(_SETTLE, done, state.value, clock.now(), actor.id, reason)
            entries = [
                audit.Entry(_SETTLED_AS[state], TABLE, one, ("state", "reason"), {"reason": reason}) for one in done
            ]
            await audit.record_many(actor, entries)
            await notices.corrected(done)
            await outdating.one_at_a_time([rows[one]["ref_id"] for one in done])
            await notices.answers_corrected([row["ref_id"] for row in await db.fetch(_LOOKED_AT, done)])
    return [{"id": one, "outcome": outcome} for one, outcome in outcomes.items()]


async def tell(ids: Sequence[UUID], note: str, *, actor: Actor) -> list[dict[str, Any]]:
    """Tell the askers of answers what has changed, each once; returns each line's outcome.

    `told`, `already` (by this line or by another of the same case and rule), `no_account` (he has to be told by whoever
    serves him), or `unknown`, which is also an article, for nobody in particular was told that.
    """
    actor.require(WRITE)
    promises.refuse(note=note)
    async with db.transaction():
        rows = {row["id"]: row for row in await _found(_TO_TELL, ids, actor)}
        outcomes: dict[UUID, str] = {}
        for one in dict.fromkeys(ids):
            outcomes[one] = await _told(rows.get(one), note)
        done = [one for one, outcome in outcomes.items() if outcome == "told"]
        if done:
            await db.execute(_TOLD, done, clock.now(), actor.id)
            entries = [audit.Entry("knowledge.asker_told", TABLE, one, ("told_at",)) for one in done]
            await audit.record_many(actor, entries)
            await _write_down({rows[one]["case_id"]: _words(rows[one], note) for one in done}, actor)
    return [{"id": one, "outcome": outcome} for one, outcome in outcomes.items()]


def _words(row: Any, note: str) -> str:
    """Return what the timeline says: what has changed, what staff say of it, and what became of the public wording."""
    return f"{_sentence(row['words'])}{_said(row, note)}"


def _said(row: Any, note: str) -> str:
    return f"{_sentence(note)}{_MARKED if row['is_public'] else ''}"


async def _write_down(words: Mapping[UUID, str], actor: Actor) -> None:
    """Put what was told into the timelines; whoever was still to say whether he is content has to hear that first."""
    for case in await Case.filter(id__in=sorted(words)).order_by("id").select_for_update():
        heard = NO_SILENCE if case.state is CaseState.ANSWERED else {}
        corrected = NewEvent(Kind.CORRECTED, words[case.id])
        await writing.write(case, actor, "cases.corrected", corrected, **heard)


async def _found(sql: str, ids: Sequence[UUID], actor: Actor) -> list[Record]:
    visible = visible_to(actor)
    told = sql.format(visible=visible.render(2), publication=_PUBLICATION)
    return await db.fetch(told, list(ids), *visible.params)


async def _told(row: Any, note: str) -> str:
    if row is None:
        return "unknown"
    if row["told_at"] is not None:
        return "already"
    if row["person_id"] is None:
        return "no_account"
    return "told" if await notifications.tell([message(row, note)]) else "already"


def message(row: Any, note: str) -> Message:
    """What an asker is told: the answer to his case rests on something that has changed."""
    at = clock.now().astimezone(clock.SHANGHAI)
    return Message(
        kind=KIND,
        recipient=row["person_id"],
        once=f"answer-outdated:{row['case_id']}:{row['ref_id']}",
        fields={
            "number": row["number"],
            "change": row["words"],
            "note": _said(row, note),
            "matter": _MATTER,
            "word": _WORD,
            "at": f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}",
        },
        page=_PAGE.format(row["case_id"]),
        subject=row["id"],
        enterprise=row["enterprise_id"],
    )


def _sentence(text: str) -> str:
    words = text.strip()
    return words if words.endswith(_STOPS) else f"{words}。"


def _check(state: CorrectionState, reason: str) -> None:
    if state is CorrectionState.OPEN:
        raise WrongState(CORRECTIONS, state, CorrectionState.OPEN)
    if state is CorrectionState.UNAFFECTED and not reason.strip():
        raise Invalid(fields=(FieldError("reason", "reason_missing", "请写明为什么不受影响。"),))


def _outcome(row: Any, state: CorrectionState) -> str:
    if row is None:
        return "unknown"
    if not CORRECTIONS.allows(CorrectionState(row["state"]), state):
        return "already"
    stands = row["case_id"] is None or row["is_out"]
    return "needs_edition" if stands and state is CorrectionState.CORRECTED else "settled"
