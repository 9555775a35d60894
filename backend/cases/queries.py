"""Reads of one case: as its owner sees it, and as staff do, from the one timeline that both share."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from backend import files
from backend.access import Actor, ActorKind, Condition
from backend.cases import allowed, events, owning, sentences, writing
from backend.cases.assignment.transferring import GOES_BACK
from backend.cases.deadlines.readings import PAUSE_WORDS
from backend.cases.deadlines.timing import timed
from backend.cases.ending import reaching
from backend.cases.ending.reaching import LAST_WORD
from backend.cases.errors import CaseUnknown
from backend.cases.handling import ANSWERED_IT, MOST_PROMISES, OWN_MATTER, PROMISED
from backend.cases.intake import contacts
from backend.cases.linked import splitting
from backend.cases.models import Case
from backend.cases.states import CLOSED, CaseState
from backend.cases.visibility import visible_to
from backend.foundation import clock, db

_SHARED: Final = f"""
c.id, c.number, c.origin, c.category, k.title AS category_title, k.kind AS category_kind, c.channel, c.title, c.body,
c.enterprise_id, (SELECT e.name FROM enterprises e WHERE e.id = c.enterprise_id) AS enterprise, c.urgency,
c.received_at, c.promised_on, c.answered_at, c.solution_due_at, c.closed_at, c.version, {sentences.COLUMNS},
(SELECT s.name FROM staff s WHERE s.id = c.handler_id) AS handler,
(SELECT u.name FROM units u WHERE u.id = c.unit_id) AS unit
"""
_FOR_STAFF: Final = """
c.origin_id, c.person_id, c.district, c.unit_id, c.handler_id, c.answerable_id, c.offered_to, c.hand_overs,
c.refusals, c.accepted_at, c.alarm_level,
c.reached_at, c.accept_due_at, c.answer_due_at, c.statutory_due_at, c.is_provisional,
c.supervised_at, c.merged_into, c.terms,
(SELECT s.name FROM staff s WHERE s.id = c.answerable_id) AS answerable,
(SELECT s.name FROM staff s WHERE s.id = c.offered_to) AS offered,
(SELECT m.number FROM cases m WHERE m.id = c.merged_into) AS merged_number,
coalesce((SELECT json_agg(json_build_object('id', s.id, 'name', s.name) ORDER BY h.since)::text
          FROM case_helpers h JOIN staff s ON s.id = h.staff_id WHERE h.case_id = c.id AND h.ended_at IS NULL), '[]')
    AS helpers,
EXISTS (SELECT FROM case_events x WHERE x.case_id = c.id AND x.kind = 'extended') AS is_extended
"""
_OWNERS_RATING: Final = """
SELECT level, words, rated_at, later_level, later_words, added_at, verdict, decided_at, set_aside
FROM case_ratings WHERE case_id = $1
"""
_RATING: Final = """
SELECT level, words, rated_at, later_level, later_words, added_at, appeal, appealed_at, verdict, decided_at, set_aside
FROM case_ratings WHERE case_id = $1
"""
_TASKS: Final = """
SELECT kind, state, due_at, tries, result, ended_at FROM case_tasks WHERE case_id = $1 ORDER BY due_at, kind
"""
_NOTES: Final = """
SELECT n.id, n.at, n.kind, n.body, n.data::text AS data, (SELECT s.name FROM staff s WHERE s.id = n.staff_id) AS who
FROM case_notes n WHERE n.case_id = $1 ORDER BY n.id
"""
_HIDDEN: Final = "（已隐去）"
_FROM: Final = "cases c JOIN case_categories k ON k.key = c.category"
# Staff are named to the owner: an answer has a name. Who of the enterprise wrote is told as a part, not by name.
_TIMELINE: Final = """
SELECT e.seq, e.at, e.kind, e.body, e.data::text AS data, e.actor_kind,
    CASE WHEN e.actor_kind = 'staff' THEN (SELECT s.name FROM staff s WHERE s.id = e.actor_id) END AS who,
    coalesce((SELECT json_agg(json_build_object('source', t.source, 'ref_id', t.ref_id, 'ref_version', t.ref_version,
                  'words', t.words) ORDER BY t.position)::text
              FROM case_citations t WHERE t.case_id = e.case_id AND t.seq = e.seq), '[]') AS citations,
    coalesce((SELECT json_agg(json_build_object('id', f.id, 'name', f.name, 'media_type', f.media_type, 'size', f.size)
                  ORDER BY f.created_at, f.id)::text
              FROM case_files a JOIN files f ON f.id = a.file_id AND f.state = 'stored'
              WHERE a.case_id = e.case_id AND a.seq = e.seq), '[]') AS files
FROM case_events e WHERE e.case_id = $1 ORDER BY e.seq
"""
_ACTING: Final = (allowed.HANDLE, allowed.DECIDE, allowed.OPEN, allowed.ASSIGN)
_OWN: Final = OWN_MATTER.format(staff="$2", person="c.person_id", enterprise="c.enterprise_id")
_HOLDS: Final = "SELECT EXISTS (SELECT FROM cases m WHERE m.merged_into = c.id)"
_APPEALED: Final = "SELECT EXISTS (SELECT FROM case_ratings r WHERE r.case_id = c.id AND r.appealed_by = $2)"
_HOME: Final = "SELECT h.state, h.closed_at FROM cases c JOIN cases h ON h.id = c.merged_into WHERE c.id = $1"
_NAMES: Final = "SELECT id, name FROM staff WHERE id = ANY ($1::uuid[])"


async def owners_detail(actor: Actor, case_id: UUID) -> dict[str, Any]:
    """Return a case with its timeline as its owner reads it; raises CaseUnknown."""
    case = await _one(actor, case_id, _SHARED)
    told = {name: value for name, value in case.items() if name not in ("origin", "version", "awaits_decision")}
    rating = await db.fetch_one(_OWNERS_RATING, case_id)
    entries = [_for_owner(entry) for entry in await timeline(case_id)]
    told |= await _pause(case_id, case["state"])
    told["is_word_wanted"] = await _is_word_wanted(case)
    return {**told, "rating": dict(rating) if rating else None, "timeline": entries}


async def _is_word_wanted(case: dict[str, Any]) -> bool:
    """Tell whether its owner is asked, with what he writes, whether it is solved; a merged case stands as its home."""
    home = await db.fetch_one(_HOME, case["id"]) if CaseState(case["state"]) is CaseState.MERGED else None
    stands = dict(home) if home else case
    return owning.may_object(CaseState(stands["state"]), stands["closed_at"])


async def _pause(case_id: UUID, state: str) -> dict[str, Any]:
    """Return why the clocks rest and when they run on at the latest: the cap of all pauses is the owner's to see."""
    if CaseState(state) in (*CLOSED, CaseState.MERGED):
        return {"waits_for": [], "paused_until": None}
    read = await writing.readings(await Case.get(id=case_id))
    return {"waits_for": [PAUSE_WORDS[one] for one in read.waiting_for], "paused_until": read.paused_until}


async def staff_detail(actor: Actor, case_id: UUID) -> dict[str, Any]:
    """Return a case as staff see it; raises CaseUnknown. An auditor reads the work, not what was said."""
    case = await _one(actor, case_id, f"{_SHARED}, {_FOR_STAFF}")
    case |= {name: orjson.loads(case[name]) for name in ("terms", "helpers")} | await _beside(case_id)
    case |= await timed(case, (await writing.log_of([case_id]))[case_id])
    case["may"] = allowed.may(actor, await _standing(actor, case))
    for name in ("is_extended", "alarm_level"):
        del case[name]
    told = {**case, "timeline": await timeline(case_id)}
    return _masked(told) if actor.reads_masked("cases.read") else told


async def _beside(case_id: UUID) -> dict[str, Any]:
    """Return what staff read beside the timeline: rating, tasks, internal notes."""
    rating = await db.fetch_one(_RATING, case_id)
    contact = await contacts.masked(case_id)
    tasks, notes = await db.fetch(_TASKS, case_id), await db.fetch(_NOTES, case_id)
    return {
        "contact": contact,
        "rating": dict(rating) if rating else None,
        "tasks": [dict(row) for row in tasks],
        "notes": [{**dict(row), "data": orjson.loads(row["data"])} for row in notes],
    }


def _masked(case: dict[str, Any]) -> dict[str, Any]:
    """Hide whatever somebody wrote; what was done, when and by whom stays."""
    entries = [{**entry, "body": _hide(entry["body"]), "data": {}, "files": []} for entry in case["timeline"]]
    words = ("words", "later_words", "appeal", "verdict")
    rating = case["rating"] and {**case["rating"], **{name: _hide(case["rating"][name]) for name in words}}
    tasks = [{**task, "result": _hide(task["result"])} for task in case["tasks"]]
    hidden = {"title": _HIDDEN, "body": _HIDDEN, "notes": []}
    return {**case, **hidden, "rating": rating, "tasks": tasks, "timeline": entries}


def _hide(words: str) -> str:
    return _HIDDEN if words else ""


async def timeline(case_id: UUID) -> list[dict[str, Any]]:
    """Return what happened to a case, in its order, with what each answer rests on and the links to its files."""
    rows = await db.fetch(_TIMELINE, case_id)
    entries = [_entry(dict(row)) for row in rows]
    named = {UUID(entry["data"]["staff_id"]) for entry in entries if "staff_id" in entry["data"]}
    names = {str(row["id"]): row["name"] for row in await db.fetch(_NAMES, list(named))} if named else {}
    for entry in entries:
        entry["whom"] = names.get(entry["data"].get("staff_id"))
    return entries


async def _is_owners_turn(case: dict[str, Any]) -> bool:
    if CaseState(case["state"]) is not CaseState.ANSWERED:
        return False
    return await reaching.is_owners_turn(await Case.get(id=case["id"]))


async def _standing(actor: Actor, case: dict[str, Any]) -> allowed.Standing:
    """Return what decides over the acts; which permissions extend to the case is asked by one statement."""
    conditions = {name: visible_to(actor, name) for name in _ACTING}
    columns = [f"({ANSWERED_IT}) AS answered", f"({_OWN}) AS concerned", f"({_HOLDS}) AS holds"]
    columns += [f"({_APPEALED}) AS appealed", f"({PROMISED}) AS promised", f"({GOES_BACK}) AS goes_back"]
    columns.append(f"({LAST_WORD}) AS last_word")
    params = [case["id"], actor.id]
    for name, condition in conditions.items():
        columns.append(f'{condition.render(len(params) + 1)} AS "{name}"')
        params += condition.params
    within = await db.fetch_one(f"SELECT {', '.join(columns)} FROM cases c WHERE c.id = $1", *params)
    rating = case["rating"] or {}
    return allowed.Standing(
        CaseState(case["state"]),
        case["handler_id"],
        case["offered_to"],
        case["person_id"],
        case["hand_overs"],
        case["awaits_decision"],
        case["is_paused"],
        case["supervised_at"] is not None,
        case["is_extended"],
        rating.get("level"),
        rating.get("appealed_at") is not None,
        rating.get("appealed_at") is not None
        and rating.get("decided_at") is None
        and not (within and within["appealed"]),
        tuple(task["kind"] for task in case["tasks"] if task["state"] == "open"),
        tuple(UUID(helper["id"]) for helper in case["helpers"]),
        case["handler_id"] == actor.id or bool(within and within["answered"]),
        bool(within and within["concerned"]),
        case["answered_at"] is not None,
        bool(within and within["holds"]),
        any(one["is_late"] for one in case["clocks"]),
        await splitting.can_be_undone(case["id"]),
        await _is_owners_turn(case),
        bool(within and within["last_word"] == ActorKind.OWNER),
        owning.may_object(CaseState(case["state"]), case["closed_at"]),
        case["pause_left"] > 0,
        bool(within and within["promised"] < MOST_PROMISES) and _has_days_left(case["solution_due_at"]),
        bool(within and within["goes_back"]),
        {name: bool(within and within[name]) for name in conditions},
    )


def _has_days_left(due: datetime | None) -> bool:
    return due is None or due.astimezone(clock.SHANGHAI).date() >= clock.today()


async def _one(actor: Actor, case_id: UUID, columns: str) -> dict[str, Any]:
    wanted = Condition("c.id = {}::uuid", (case_id,)) & visible_to(actor)
    row = await db.fetch_one(f"SELECT {columns} FROM {_FROM} WHERE {wanted.render()}", *wanted.params)
    if row is None:
        raise CaseUnknown
    # Staff read what its asker reads.
    told = sentences.told(row, actor.id if actor.kind is ActorKind.OWNER else row.get("person_id"))
    case = {name: value for name, value in row.items() if name not in sentences.UNTOLD}
    return {**case, "state_word": told.state_word, "sentence": told.sentence}


def _entry(row: dict[str, Any]) -> dict[str, Any]:
    kind, data = events.Kind(row["kind"]), orjson.loads(row["data"])
    attached = [{**file, "link": files.address(UUID(file["id"]))} for file in orjson.loads(row["files"])]
    return {
        "seq": row["seq"],
        "at": row["at"],
        "kind": kind,
        "word": events.word(kind, data, row["actor_kind"]),
        "by": row["actor_kind"],
        "who": row["who"],
        "body": row["body"],
        "data": data,
        "citations": orjson.loads(row["citations"]),
        "files": attached,
    }


def _for_owner(entry: dict[str, Any]) -> dict[str, Any]:
    """Leave out what only staff work with: ids of colleagues."""
    data = {name: value for name, value in entry["data"].items() if name in events.OWNERS_DATA}
    return {**entry, "data": data}
