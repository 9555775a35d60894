"""Carries what a case comes to on to the cases that were merged into it, by the outbox item of its move.

What is the same person's or enterprise's ends with it, in silence only the same person's: he alone was reached. Anybody
else gets the answer and then goes on by himself, answered and not reached yet. Declining is the office's word to all.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend.access import SYSTEM
from backend.cases import messages, writing
from backend.cases.ending.inviting import invite_at
from backend.cases.events import Citation, Kind, NewEvent
from backend.cases.linked import merging
from backend.cases.models import Case
from backend.cases.states import CLOSED, CaseState
from backend.foundation import clock, db

CARRIED: Final = (*CLOSED, CaseState.ANSWERED)
_ENDS: Final = ("confirmed", "closed_by_silence", "decided", "declined")

_MERGED: Final = "SELECT id FROM cases WHERE merged_into = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE"
_TARGETS: Final = """
SELECT id, number, state, person_id, enterprise_id, handler_id FROM cases WHERE id = ANY ($1::uuid[])
"""
_ON_ITS_OWN: Final = "已一并答复，本事项单独确认。"
_WORDS: Final = """
SELECT DISTINCT ON (e.case_id, e.kind = 'answered') e.case_id, e.seq, e.at, e.kind, e.body, e.data,
    coalesce((SELECT json_agg(json_build_array(t.source, t.words, t.ref_id, t.ref_version) ORDER BY t.position)::text
              FROM case_citations t WHERE t.case_id = e.case_id AND t.seq = e.seq), '[]') AS citations,
    ARRAY(SELECT f.file_id FROM case_files f WHERE f.case_id = e.case_id AND f.seq = e.seq) AS files
FROM case_events e WHERE e.case_id = ANY ($1::uuid[]) AND (e.kind = 'answered' OR e.kind = ANY ($2::text[]))
ORDER BY e.case_id, e.kind = 'answered', e.seq DESC
"""
_HAS: Final = """
SELECT m.at AS merged_at, (SELECT max((a.data->>'there')::int) FROM case_events a
                           WHERE a.case_id = m.case_id AND a.seq > m.seq AND a.kind = 'answered') AS carried
FROM case_events m WHERE m.case_id = $1 AND m.kind = 'merged' ORDER BY m.seq DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class _Word:
    """What was last said in the target's log to answer it, or to end it."""

    seq: int
    at: datetime
    kind: Kind
    body: str
    because: str | None
    citations: tuple[Citation, ...]
    files: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class _Target:
    number: str
    state: CaseState
    person_id: UUID | None
    enterprise_id: UUID | None
    handler_id: UUID | None
    answer: _Word | None
    end: _Word | None


async def carry(case_ids: Iterable[UUID]) -> int:
    """Carry on what these cases have come to by now, whatever the move that called; returns how many were written.

    In the transaction of the outbox item. Twice changes nothing: how the target stands counts, and what is carried on
    is noted with its number there.
    """
    merged = [row["id"] for row in await db.fetch(_MERGED, sorted(set(case_ids)))]
    if not merged:
        return 0
    cases = await Case.filter(id__in=merged).order_by("id")
    targets = await _targets({case.merged_into for case in cases if case.merged_into})
    told: set[tuple[UUID | None, UUID | None]] = {(key, target.person_id) for key, target in targets.items()}
    done = 0
    for case in cases:
        target = targets.get(case.merged_into) if case.merged_into else None
        if target is not None and target.state in CARRIED:
            done += await _carry(case, target, told)
    return done


async def _carry(case: Case, target: _Target, told: set[tuple[UUID | None, UUID | None]]) -> bool:
    if target.end is not None and target.state in CLOSED and target.end.because == "taken_back":
        await merging.let_go(case, SYSTEM)
        return True
    answers, had = await _answers(case, target)
    key = case.merged_into, case.person_id
    if target.end is not None and target.state in CLOSED and _ends_with(case, target):
        await _end(case, target, target.end, answers)
    elif target.state in CLOSED or not _is_one_owner(case, target):
        if not answers and not had:
            await merging.let_go(case, SYSTEM)
            return True
        await _go_on(case, target, answers)
    elif answers:
        await writing.write(case, SYSTEM, "cases.answered_with", *answers, answered_at=clock.now())
    else:
        return False
    if key not in told:
        told.add(key)
        await _tell(case, is_news=bool(answers))
    return True


def _is_one_owner(case: Case, target: _Target) -> bool:
    return merging.is_one_owner((case.person_id, case.enterprise_id), (target.person_id, target.enterprise_id))


def _ends_with(case: Case, target: _Target) -> bool:
    """Tell whether the end of the target is one of this case too."""
    if target.state is CaseState.CLOSED_BY_SILENCE:
        return case.person_id is not None and case.person_id == target.person_id
    return target.state is CaseState.DECLINED or _is_one_owner(case, target)


async def _end(case: Case, target: _Target, end: _Word, answers: Sequence[NewEvent]) -> None:
    columns: dict[str, Any] = {"answered_at": clock.now()} if answers else {}
    columns |= {"state": target.state, "merged_into": None}
    columns |= {"invite_at": invite_at() if case.person_id != target.person_id else None}
    ended = _copy(end, target, because="merged")
    await writing.write(case, SYSTEM, "cases.closed_with", *answers, ended, **columns)


async def _go_on(case: Case, target: _Target, answers: Sequence[NewEvent]) -> None:
    """Let a case that has the answer wait for its own owner; whoever answered has it, if nobody had."""
    columns: dict[str, Any] = {"answered_at": clock.now()} if answers else {}
    columns |= {"merged_into": None, "reached_at": None, "remind_at": None, "silence_at": None}
    if case.handler_id is None:
        columns |= {"handler_id": target.handler_id, "answerable_id": case.answerable_id or target.handler_id}
    alone = NewEvent(Kind.UNMERGED, _ON_ITS_OWN)
    await writing.write(case, SYSTEM, "cases.answered_with", alone, *answers, state=CaseState.ANSWERED, **columns)


async def _tell(case: Case, *, is_news: bool) -> None:
    if case.state is CaseState.DECLINED:
        await messages.declined(case)
    elif case.state is CaseState.CLOSED_BY_DECISION:
        await messages.decided(case, ends=True)
    elif is_news or case.state is CaseState.ANSWERED:
        await messages.answered(case)
    else:
        await messages.closed_with(case)


async def _answers(case: Case, target: _Target) -> tuple[list[NewEvent], bool]:
    """Return the target's answer, unless it was given before the merge or carried on; and whether one was before."""
    has = await db.fetch_one(_HAS, case.id)
    word, had = target.answer, bool(has and has["carried"])
    if word is None or has is None or word.at < has["merged_at"] or (has["carried"] or 0) >= word.seq:
        return [], had
    return [_copy(word, target, there=word.seq)], had


def _copy(word: _Word, target: _Target, **data: Any) -> NewEvent:
    return NewEvent(word.kind, word.body, {"number": target.number, **data}, word.citations, word.files)


async def _targets(ids: set[UUID]) -> dict[UUID, _Target]:
    words: dict[tuple[UUID, bool], _Word] = {}
    for row in await db.fetch(_WORDS, sorted(ids), list(_ENDS)):
        words[row["case_id"], row["kind"] == Kind.ANSWERED] = _word(row)
    return {
        row["id"]: _Target(
            row["number"],
            CaseState(row["state"]),
            row["person_id"],
            row["enterprise_id"],
            row["handler_id"],
            words.get((row["id"], True)),
            words.get((row["id"], False)),
        )
        for row in await db.fetch(_TARGETS, sorted(ids))
    }


def _word(row: Record) -> _Word:
    return _Word(
        row["seq"],
        row["at"],
        Kind(row["kind"]),
        row["body"],
        orjson.loads(row["data"]).get("because"),
        _citations(orjson.loads(row["citations"])),
        tuple(row["files"]),
    )


def _citations(told: Sequence[Sequence[str | None]]) -> tuple[Citation, ...]:
    return tuple(
        Citation(str(source), str(words), UUID(ref) if ref else None, UUID(version) if version else None)
        for source, words, ref, version in told
    )
