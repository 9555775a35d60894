"""Reads of one case: as its owner sees it, and as staff do, from the one timeline that both share."""

from typing import Any, Final
from uuid import UUID

import orjson

from backend import files
from backend.access import Actor, Condition
from backend.cases import events, sentences
from backend.cases.errors import CaseUnknown
from backend.cases.states import WORDS, CaseState
from backend.cases.visibility import visible_to
from backend.foundation import db

_SHARED: Final = """
c.id, c.number, c.origin, c.category, k.title AS category_title, k.kind AS category_kind, c.channel, c.title, c.body,
c.enterprise_id, (SELECT e.name FROM enterprises e WHERE e.id = c.enterprise_id) AS enterprise, c.urgency, c.state,
c.received_at, c.promised_on, c.answered_at, c.due_at, c.solution_due_at, c.is_paused, c.closed_at, c.version,
(SELECT s.name FROM staff s WHERE s.id = c.handler_id) AS handler,
(SELECT u.name FROM units u WHERE u.id = c.unit_id) AS unit
"""
_FOR_STAFF: Final = """
c.origin_id, c.person_id, c.district, c.unit_id, c.handler_id, c.answerable_id, c.offered_to, c.hand_overs, c.refusals,
c.accept_due_at, c.answer_due_at, c.statutory_due_at, c.is_provisional, c.supervised_at, c.merged_into, c.terms,
(SELECT s.name FROM staff s WHERE s.id = c.answerable_id) AS answerable,
(SELECT s.name FROM staff s WHERE s.id = c.offered_to) AS offered,
(SELECT m.number FROM cases m WHERE m.id = c.merged_into) AS merged_number,
coalesce((SELECT json_agg(json_build_object('id', s.id, 'name', s.name) ORDER BY h.since)::text
          FROM case_helpers h JOIN staff s ON s.id = h.staff_id WHERE h.case_id = c.id AND h.ended_at IS NULL), '[]')
    AS helpers
"""
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
_NAMES: Final = "SELECT id, name FROM staff WHERE id = ANY ($1::uuid[])"


async def owners_detail(actor: Actor, case_id: UUID) -> dict[str, Any]:
    """Return a case with its timeline as its owner reads it; raises CaseUnknown."""
    case = await _one(actor, case_id, _SHARED)
    told = {name: value for name, value in case.items() if name not in ("origin", "version")}
    return {**told, "timeline": [_for_owner(entry) for entry in await timeline(case_id)]}


async def staff_detail(actor: Actor, case_id: UUID) -> dict[str, Any]:
    """Return a case as staff see it; raises CaseUnknown. An auditor reads the work, not what was said."""
    case = await _one(actor, case_id, f"{_SHARED}, {_FOR_STAFF}")
    case |= {"terms": orjson.loads(case["terms"]), "helpers": orjson.loads(case["helpers"])}
    entries = await timeline(case_id)
    if actor.reads_masked("cases.read"):
        case |= {"title": "（已隐去）", "body": "（已隐去）"}
        entries = [{**entry, "body": "（已隐去）" if entry["body"] else "", "files": []} for entry in entries]
    return {**case, "timeline": entries}


async def timeline(case_id: UUID) -> list[dict[str, Any]]:
    """Return what happened to a case, in its order, with what each answer rests on and the links to its files."""
    rows = await db.fetch(_TIMELINE, case_id)
    entries = [_entry(dict(row)) for row in rows]
    named = {UUID(entry["data"]["staff_id"]) for entry in entries if "staff_id" in entry["data"]}
    names = {str(row["id"]): row["name"] for row in await db.fetch(_NAMES, list(named))} if named else {}
    for entry in entries:
        entry["whom"] = names.get(entry["data"].get("staff_id"))
    return entries


async def _one(actor: Actor, case_id: UUID, columns: str) -> dict[str, Any]:
    wanted = Condition("c.id = {}::uuid", (case_id,)) & visible_to(actor)
    row = await db.fetch_one(f"SELECT {columns} FROM {_FROM} WHERE {wanted.render()}", *wanted.params)
    if row is None:
        raise CaseUnknown
    case, state = dict(row), CaseState(row["state"])
    return {**case, "state_word": WORDS[state], "sentence": sentences.sentence(state, due=row["due_at"])}


def _entry(row: dict[str, Any]) -> dict[str, Any]:
    kind = events.Kind(row["kind"])
    attached = [{**file, "link": files.address(UUID(file["id"]))} for file in orjson.loads(row["files"])]
    return {
        "seq": row["seq"],
        "at": row["at"],
        "kind": kind,
        "word": events.WORDS[kind],
        "by": row["actor_kind"],
        "who": row["who"],
        "body": row["body"],
        "data": orjson.loads(row["data"]),
        "citations": orjson.loads(row["citations"]),
        "files": attached,
    }


def _for_owner(entry: dict[str, Any]) -> dict[str, Any]:
    """Leave out what only staff work with: ids of colleagues."""
    data = {name: value for name, value in entry["data"].items() if name in events.OWNERS_DATA}
    return {**entry, "data": data}
