"""Reads of what came of a visit: its pass, who was there, minutes edition by edition, promises with their cases."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

import orjson

from backend import cases
from backend.access import Actor, ActorKind
from backend.cases.ending.rating import LEVEL_WORDS, Level
from backend.cases.states import WORDS as CASE_WORDS
from backend.foundation import db
from backend.foundation.errors import Conflict
from backend.visits import speaking
from backend.visits.afterwards import hearing, minutes, passes
from backend.visits.afterwards.arriving import HOW_WORDS, check_open, window
from backend.visits.afterwards.minutes import FindingKind
from backend.visits.errors import VisitUnknown
from backend.visits.models import Visit
from backend.visits.queries import MASKED
from backend.visits.reasons import PLACES
from backend.visits.states import WORDS
from backend.visits.visibility import NAME, seats_of, visible_to

SERVICE: Final = "本次走访是服务，不是检查：不查账、不处罚、不收费，您可以不回答，也可以随时结束。"

_VISIT: Final = "SELECT v.id FROM visits v WHERE v.id = $1 AND {}"
# Whoever left it beforehand has no part in it any more.
_SEATS: Final = """
SELECT p.enterprise_id, p.state FROM visit_parties p WHERE p.visit_id = $1 AND p.state <> 'cancelled' AND {}
ORDER BY p.joined_at
"""
_WHO: Final = """
SELECT s.id, s.name, (SELECT u.name FROM units u WHERE u.id = s.unit_id) AS unit
FROM staff_time t JOIN staff s ON s.id = t.staff_id WHERE t.visit_id = $1 AND t.is_live ORDER BY t.is_lead DESC, s.id
"""
_REASON: Final = "SELECT title, hint, legal_basis FROM visit_reasons WHERE key = $1"
_REPORTS: Final = """
SELECT r.edition, r.text, r.why, r.filed_at, (SELECT s.name FROM staff s WHERE s.id = r.filed_by) AS filed_by,
    coalesce((SELECT json_agg(json_build_object('nr', f.nr, 'kind', f.kind, 'words', f.words,
        'enterprise_id', f.enterprise_id, 'photos', coalesce((
            SELECT json_agg(json_build_object('id', i.id, 'name', i.name, 'media_type', i.media_type, 'size', i.size)
                            ORDER BY p.position)
            FROM visit_photos p JOIN files i ON i.id = p.file_id AND i.state = 'stored'
            WHERE p.visit_id = f.visit_id AND p.edition = f.edition AND p.nr = f.nr), '[]'::json)) ORDER BY f.nr)
     FROM visit_findings f WHERE f.visit_id = r.visit_id AND f.edition = r.edition
       AND (f.enterprise_id IS NULL OR f.enterprise_id = ANY ($2::uuid[]))), '[]'::json)::text AS findings
FROM visit_reports r WHERE r.visit_id = $1 ORDER BY r.edition DESC
"""
_PROMISES: Final = """
SELECT p.id, p.nr, p.edition, p.enterprise_id, e.name AS enterprise, p.text, p.category, p.due_on, p.made_at, p.kept_at,
    coalesce((SELECT c.title FROM case_categories c WHERE c.key = p.category), '') AS category_title
FROM visit_promises p JOIN enterprises e ON e.id = p.enterprise_id
WHERE p.visit_id = $1 AND p.enterprise_id = ANY ($2::uuid[]) ORDER BY p.nr
"""
_ATTENDED: Final = """
SELECT a.enterprise_id, e.name AS enterprise, a.how, a.arrived_at, a.noted_at, a.reason, a.objected_at, a.objection,
    a.decided_at, a.verdict, a.is_set_aside, (SELECT s.name FROM staff s WHERE s.id = a.noted_by) AS noted_by
FROM visit_attendances a JOIN enterprises e ON e.id = a.enterprise_id
WHERE a.visit_id = $1 AND a.enterprise_id = ANY ($2::uuid[]) ORDER BY a.noted_at, a.enterprise_id
"""
_WORDS: Final = """
SELECT c.enterprise_id, e.name AS enterprise, c.edition, c.state, c.reached_at, c.reached_how, c.silence_at, c.words,
    c.said_at, c.objections, r.level, r.words AS rating_words, r.rated_at, r.later_level, r.later_words, r.added_at
FROM visit_confirmations c JOIN enterprises e ON e.id = c.enterprise_id
LEFT JOIN visit_ratings r ON r.visit_id = c.visit_id AND r.enterprise_id = c.enterprise_id
WHERE c.visit_id = $1 AND c.enterprise_id = ANY ($2::uuid[]) ORDER BY e.name, c.enterprise_id
"""
_LIST: Final = "SELECT id FROM problem_lists WHERE origin = $1 AND origin_id = $2"
_PERSONAL: Final = ("text", "why", "words", "reason", "objection", "verdict", "rating_words", "later_words")


async def pass_for(actor: Actor, visit_id: UUID, enterprise_id: UUID | None) -> dict[str, Any]:
    """Return who comes and why, on which basis, and the pass to be shown at the door while it can be.

    Outside the time for it, and for a party that is there already, `token` is None. Raises VisitUnknown, PartyUnknown,
    and WrongState for a visit to which nobody comes.
    """
    visit = await _seen(actor, visit_id)
    party = await speaking.his_seat(visit, enterprise_id, actor)
    opens_at, shuts_at = window(visit)
    reason = await db.fetch_one(_REASON, visit.reason)
    is_booked = party in await speaking.seats(visit, "booked")
    shown = passes.show(passes.fresh(visit.id, party)) if is_booked and _can_be_shown(visit) else None
    return {
        "visit_id": visit.id,
        "enterprise_id": party,
        "number": visit.number,
        "reason_title": reason["title"] if reason else "",
        "hint": reason["hint"] if reason else "",
        "legal_basis": reason["legal_basis"] if reason else "",
        "notice": SERVICE,
        "starts_at": visit.starts_at,
        "place_word": PLACES[visit.place],
        "visitors": [dict(row) for row in await db.fetch(_WHO, visit.id)],
        "opens_at": opens_at,
        "shuts_at": shuts_at,
        "has_arrived": party in await speaking.seats(visit, "attended"),
        "token": shown.token if shown else None,
        "expires_at": shown.expires_at if shown else None,
        "svg": shown.svg if shown else None,
        "png": shown.png if shown else None,
    }


def _can_be_shown(visit: Visit) -> bool:
    try:
        check_open(visit)
    except Conflict:
        return False
    return True


async def report(actor: Actor, visit_id: UUID) -> dict[str, Any]:
    """Return what came of a visit, as far as the actor sees it: an owner what concerns his own seats alone."""
    visit = await _seen(actor, visit_id)
    visible = seats_of(actor)
    rows = await db.fetch(_SEATS.format(visible.render(2)), visit.id, *visible.params)
    seats = [row["enterprise_id"] for row in rows]
    there = [row["enterprise_id"] for row in rows if row["state"] == "attended"]
    hide = _masked if actor.reads_masked("visits.read") else _plain
    is_staff = actor.kind is not ActorKind.OWNER
    return {
        "visit_id": visit.id,
        "number": visit.number,
        "state": visit.state,
        "state_word": WORDS[visit.state],
        "edition": visit.edition,
        "closed_by": visit.closed_by,
        "version": visit.version,
        "attendances": [_attended(dict(row), hide) for row in await db.fetch(_ATTENDED, visit.id, seats)],
        "editions": [_edition(dict(row), hide) for row in await db.fetch(_REPORTS, visit.id, there)] if there else [],
        "promises": await _promises(visit, seats, hide),
        "confirmations": [_word(dict(row), hide) for row in await db.fetch(_WORDS, visit.id, seats)],
        "problem_list_id": await db.fetch_value(_LIST, NAME, visit.id) if is_staff else None,
    }


async def _seen(actor: Actor, visit_id: UUID) -> Visit:
    visible = visible_to(actor)
    if await db.fetch_value(_VISIT.format(visible.render(2)), visit_id, *visible.params) is None:
        raise VisitUnknown
    return await Visit.get(id=visit_id)


_Hide = Callable[[Mapping[str, Any]], dict[str, Any]]


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return dict(row)


def _masked(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: MASKED if name in _PERSONAL and value else value for name, value in row.items()}


def _attended(row: Mapping[str, Any], hide: _Hide) -> dict[str, Any]:
    return {**hide(row), "how_word": HOW_WORDS[row["how"]]}


def _edition(row: Mapping[str, Any], hide: _Hide) -> dict[str, Any]:
    findings = [
        {**hide(one), "kind_word": minutes.KIND_WORDS[FindingKind(one["kind"])]}
        for one in orjson.loads(row["findings"])
    ]
    return {**hide(row), "findings": findings}


async def _promises(visit: Visit, seats: list[UUID], hide: _Hide) -> list[dict[str, Any]]:
    rows = await db.fetch(_PROMISES, visit.id, seats)
    standing = await cases.of(NAME, [row["id"] for row in rows])
    return [{**hide(dict(row)), "case": _case(standing[row["id"]])} for row in rows]


def _case(found: cases.Standing) -> dict[str, Any]:
    return {
        "id": found.case_id,
        "number": found.number,
        "state": found.state,
        "state_word": CASE_WORDS[found.state],
        "sentence": found.sentence,
        "due_at": found.due_at,
        "closed_at": found.closed_at,
    }


def _word(row: Mapping[str, Any], hide: _Hide) -> dict[str, Any]:
    told = hide(row)
    names = ("level", "rating_words", "rated_at", "later_level", "later_words", "added_at")
    rated = {name: told.pop(name) for name in names}
    return {**told, "state_word": hearing.STATE_WORDS[row["state"]], "rating": _rating(rated)}


def _rating(rated: Mapping[str, Any]) -> dict[str, Any] | None:
    if rated["level"] is None:
        return None
    later = rated["later_level"]
    return {
        "level": rated["level"],
        "level_word": LEVEL_WORDS[Level(rated["level"])],
        "words": rated["rating_words"],
        "rated_at": rated["rated_at"],
        "later_level": later,
        "later_level_word": LEVEL_WORDS[Level(later)] if later else None,
        "later_words": rated["later_words"] or "",
        "added_at": rated["added_at"],
    }
