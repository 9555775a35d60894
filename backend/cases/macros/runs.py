"""Uses macros: says beforehand exactly what would happen, does all of it or nothing, takes it back within ten minutes.

A preview is the real thing rolled back, so that it can't tell anything else than what the run does. Taking back adds
opposite events; nothing that was written goes away.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend import audit
from backend.access import Actor
from backend.cases import handling, messages, writing
from backend.cases.errors import MacroChanged, MacroRefused, MacroRunUnknown, UndoTooLate
from backend.cases.events import Kind, NewEvent
from backend.cases.macros import acts as macro_acts
from backend.cases.macros import library as macros
from backend.cases.macros.acts import Act
from backend.cases.models import Case
from backend.cases.states import LIFECYCLE, WORDS, CaseState
from backend.foundation import clock, db
from backend.foundation.errors import Invalid, WuweiError
from backend.foundation.ids import new_id

UNDONE_WITHIN: Final = timedelta(minutes=10)
MOST: Final = 50
"""Cases that one macro is used on at once."""

_LAST: Final = "SELECT coalesce(max(seq), 0) FROM case_events WHERE case_id = $1"
_KEEP: Final = """
INSERT INTO case_macro_runs
    (id, macro_id, macro_version, case_id, staff_id, at, first_seq, last_seq, before, version_after)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10)
"""
_RUN: Final = """
SELECT r.*, v.name, v.acts FROM case_macro_runs r
JOIN case_macro_versions v ON v.macro_id = r.macro_id AND v.version = r.macro_version
WHERE r.id = $1 AND r.staff_id = $2 AND r.undone_at IS NULL FOR UPDATE OF r
"""
_UNDONE: Final = "UPDATE case_macro_runs SET undone_at = $2 WHERE id = $1"
_UNASK: Final = """
UPDATE case_requests q SET taken_back_at = $4 FROM case_events e
WHERE e.case_id = $1 AND e.seq BETWEEN $2 AND $3 AND e.kind = 'asked'
  AND q.case_id = e.case_id AND q.nr = (e.data->>'nr')::int
"""
_UNHELP: Final = """
UPDATE case_helpers h SET ended_at = $4 FROM case_events e
WHERE e.case_id = $1 AND e.seq BETWEEN $2 AND $3 AND e.kind = 'helped'
  AND h.case_id = e.case_id AND h.staff_id = (e.data->>'staff_id')::uuid AND h.ended_at IS NULL
"""
_NOTE: Final = """
INSERT INTO case_notes (id, case_id, staff_id, at, kind, body) VALUES ($1, $2, $3, $4, 'taken_back', $5)
"""
_RESTORED: Final = ("category", "terms", "urgency", "promised_on", "unit_id")


class _RolledBackError(Exception):
    """Ends a preview: nothing of it stays."""


@dataclass(frozen=True, slots=True)
class Step:
    """One act in words; `refusal` says why it can't be done."""

    word: str
    text: str
    refusal: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a macro did, or would do, to one case; `refusal` says why nothing is done to it."""

    case_id: UUID
    number: str | None = None
    run_id: UUID | None = None
    version: int | None = None
    state: CaseState | None = None
    due_at: datetime | None = None
    steps: tuple[Step, ...] = ()
    code: str | None = None
    refusal: str | None = None

    @property
    def state_word(self) -> str | None:
        return WORDS[self.state] if self.state else None


async def preview(macro_id: UUID, case_ids: Sequence[UUID], *, actor: Actor) -> tuple[int, list[Outcome]]:
    """Return the macro's version and, for each case, exactly what would happen and what would be refused."""
    macro, found = await macros.one(actor, macro_id), {}
    acts = macro_acts.read(orjson.loads(macro["acts"]))
    async with db.transaction():
        for case_id in sorted(_bounded(case_ids)):
            found[case_id] = await _tried(acts, case_id, actor)
    return macro["version"], [found[one] for one in dict.fromkeys(case_ids)]


async def apply(
    macro_id: UUID, case_ids: Sequence[tuple[UUID, int | None]], *, actor: Actor, version: int
) -> list[Outcome]:
    """Use a macro on cases, each wholly or not at all and each with its own outcome; one refusal leaves the others.

    `version` is the macro's as it was previewed; with a case's own number the case must stand there too. Raises
    MacroUnknown, MacroChanged.
    """
    wanted = dict(case_ids)
    found = {}
    async with db.transaction():
        macro = await macros.one(actor, macro_id, lock="FOR SHARE OF m")
        if macro["version"] != version:
            raise MacroChanged
        acts = macro_acts.read(orjson.loads(macro["acts"]))
        for case_id in sorted(_bounded(list(wanted))):
            try:
                async with db.savepoint():
                    found[case_id] = await _run(macro, acts, case_id, actor, wanted[case_id])
            except WuweiError as error:
                found[case_id] = Outcome(case_id, code=error.code, refusal=_words(error))
    return [found[case_id] for case_id in wanted]


async def undo(run_id: UUID, *, actor: Actor) -> Case:
    """Take back what a macro did, by whoever used it, within ten minutes and while nobody has acted since.

    Raises MacroRunUnknown, UndoTooLate, and CaseChanged telling what happened since.
    """
    async with db.transaction():
        run = await db.fetch_one(_RUN, run_id, actor.id)
        if run is None:
            raise MacroRunUnknown
        if clock.now() > run["at"] + UNDONE_WITHIN:
            raise UndoTooLate
        async with handling.own(run["case_id"], actor, run["version_after"]) as case:
            await _take_back(case, run, actor)
            return case


async def _run(macro: Record, acts: Sequence[Act], case_id: UUID, actor: Actor, version: int | None) -> Outcome:
    async with handling.own(case_id, actor, version) as case:
        before, last = _snapshot(case), await db.fetch_value(_LAST, case_id)
        steps = [await _do(place, act, case_id, actor) for place, act in enumerate(acts, 1)]
        after, seq, run_id = await Case.get(id=case_id), await db.fetch_value(_LAST, case_id), new_id()
        kept = (last + 1, seq, orjson.dumps(before, default=str).decode(), after.version)
        await db.execute(_KEEP, run_id, macro["id"], macro["version"], case_id, actor.id, clock.now(), *kept)
        detail = {"macro": str(macro["id"]), "version": macro["version"]}
        await audit.record(actor, "cases.macro_applied", table=writing.TABLE, row_id=case_id, detail=detail)
        return Outcome(case_id, after.number, run_id, after.version, after.state, after.due_at, tuple(steps))


async def _do(place: int, act: Act, case_id: UUID, actor: Actor) -> Step:
    try:
        return Step(act.word, await act.run(case_id, actor), None)
    except WuweiError as error:
        raise MacroRefused(f"第{place}步“{act.word}”不能办理，全部未执行：{_words(error)}") from error


async def _tried(acts: Sequence[Act], case_id: UUID, actor: Actor) -> Outcome:
    """Do it and roll it back."""
    found = Outcome(case_id)
    with suppress(_RolledBackError):
        async with db.savepoint():
            found = await _trial(acts, case_id, actor)
            raise _RolledBackError
    return found


async def _trial(acts: Sequence[Act], case_id: UUID, actor: Actor) -> Outcome:
    """Do what can be done: a step that is refused leaves the next ones to be tried."""
    try:
        async with handling.own(case_id, actor, None):
            steps = tuple([await _try(act, case_id, actor) for act in acts])
            case = await Case.get(id=case_id)
    except WuweiError as error:
        return Outcome(case_id, code=error.code, refusal=_words(error))
    refusal = next((one.refusal for one in steps if one.refusal), None)
    code = MacroRefused.code if refusal else None
    return Outcome(case_id, case.number, None, None, case.state, case.due_at, steps, code, refusal)


async def _try(act: Act, case_id: UUID, actor: Actor) -> Step:
    try:
        async with db.savepoint():
            return Step(act.word, await act.run(case_id, actor), None)
    except WuweiError as error:
        return Step(act.word, "", _words(error))


def _bounded(case_ids: Sequence[UUID]) -> set[UUID]:
    if not 1 <= len(set(case_ids)) <= MOST:
        raise Invalid(f"请选择1至{MOST}个事项。")
    return set(case_ids)


def _snapshot(case: Case) -> dict[str, Any]:
    return {"state": case.state, **{name: getattr(case, name) for name in _RESTORED}}


async def _take_back(case: Case, run: Record, actor: Actor) -> None:
    before = orjson.loads(run["before"])
    seqs = list(range(run["first_seq"], run["last_seq"] + 1))
    columns = {name: _value(name, before[name]) for name in _RESTORED}
    columns = {name: value for name, value in columns.items() if value != getattr(case, name)}
    stood = CaseState(before["state"])
    if stood is not case.state:
        columns["state"] = stood if LIFECYCLE.allows(case.state, stood) else CaseState.IN_PROGRESS
    for sql in (_UNASK, _UNHELP):
        await db.execute(sql, case.id, run["first_seq"], run["last_seq"], clock.now())
    await db.execute(_UNDONE, run["id"], clock.now())
    happened = [NewEvent(Kind.TAKEN_BACK, data={"seqs": seqs})] if seqs else []
    await writing.write(case, actor, "cases.macro_undone", *happened, **columns)
    acts = macro_acts.read(orjson.loads(run["acts"]))
    if any(isinstance(act, macro_acts.Note) for act in acts):
        words = f"撤销办理模板“{run['name']}”，其中的备注不再有效。"
        await db.execute(_NOTE, new_id(), case.id, actor.id, clock.now(), words)
    if any(act.is_told for act in acts):
        await messages.taken_back(case)


def _value(name: str, kept: Any) -> Any:
    if kept is None or name in ("terms", "category", "urgency"):
        return kept
    return date.fromisoformat(kept) if name == "promised_on" else UUID(kept)


def _words(error: WuweiError) -> str:
    """Return why an act is refused: what is wrong with its words, where it says so."""
    fields = error.fields if isinstance(error, Invalid) else ()
    return fields[0].sentence if fields else error.detail
