"""Minutes of a visit are filed by whoever went, and amended in editions; what they promise is a case with them."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import orjson

from backend import audit
from backend.access import Actor
from backend.cases import lists
from backend.cases.lists import opening as lists_opening
from backend.foundation import clock, db
from backend.foundation.errors import FieldError
from backend.foundation.states import WrongState
from backend.visits import ledger, notices, speaking, writing
from backend.visits.afterwards import messages as later_messages
from backend.visits.afterwards import minutes, missing, promising
from backend.visits.afterwards.errors import NoReport, PhotoUnknown, StillExpected
from backend.visits.afterwards.minutes import Minutes
from backend.visits.bookings import changing
from backend.visits.events import Kind, NewEvent
from backend.visits.models import Visit
from backend.visits.states import LIFECYCLE, VisitState
from backend.visits.visibility import NAME

PURPOSE: Final = "attachment"
MOST_PHOTOS: Final = 9

_THERE: Final = """
SELECT a.enterprise_id FROM visit_attendances a JOIN visit_parties p USING (visit_id, enterprise_id)
WHERE a.visit_id = $1 AND a.how <> 'missed' AND NOT a.is_set_aside ORDER BY p.joined_at, a.enterprise_id
"""
_MISS: Final = """
WITH missed AS (
    UPDATE visit_parties SET state = 'no_show' WHERE visit_id = $1 AND state = 'booked' RETURNING enterprise_id
)
INSERT INTO visit_attendances (visit_id, enterprise_id, how, noted_at, noted_by)
SELECT $1, enterprise_id, 'missed', $2, $3 FROM missed RETURNING enterprise_id
"""
_REPORT: Final = """
INSERT INTO visit_reports (visit_id, edition, text, why, filed_by, filed_at) VALUES ($1, $2, $3, $4, $5, $6)
"""
_FINDINGS: Final = """
INSERT INTO visit_findings (visit_id, edition, nr, kind, words, enterprise_id)
SELECT visit_id, edition, nr, kind, words, enterprise_id FROM jsonb_populate_recordset(NULL::visit_findings, $1::jsonb)
"""
_PHOTOS: Final = """
INSERT INTO visit_photos (visit_id, edition, nr, position, file_id)
SELECT visit_id, edition, nr, position, file_id FROM jsonb_populate_recordset(NULL::visit_photos, $1::jsonb)
"""
# What he uploaded for it, and what older minutes of the visit show. Locked, so that none of it goes meanwhile.
_HIS: Final = """
SELECT f.id FROM files f WHERE f.id = ANY ($1::uuid[]) AND f.state = 'stored' AND f.purpose = $2
  AND f.media_type LIKE 'image/%' AND ((f.owner_kind = $3 AND f.owner_id = $4) OR EXISTS (
      SELECT FROM visit_photos p WHERE p.file_id = f.id AND p.visit_id = $5)) FOR SHARE OF f
"""
# Everybody who was there is asked anew, what he said of an older edition does not count for this one.
_ASK: Final = """
INSERT INTO visit_confirmations (visit_id, enterprise_id, edition, state)
SELECT $1, e, $2, 'waiting' FROM unnest($3::uuid[]) AS e
ON CONFLICT (visit_id, enterprise_id) DO UPDATE SET edition = excluded.edition, state = 'waiting', reached_at = NULL,
    reached_how = NULL, reached_by = NULL, remind_at = NULL, silence_at = NULL, words = '', person_id = NULL,
    said_at = NULL
"""
_LIST: Final = "SELECT id FROM problem_lists WHERE origin = $1 AND origin_id = $2"


async def file(visit_id: UUID, told: Minutes, *, actor: Actor, version: int) -> Visit:
    """File the minutes of a visit at which somebody was, by whoever went or arranges visits; all of it or nothing.

    Parties that never arrived are noted as missing, and told so; StillExpected while one of them may yet come. Raises
    ReportWrong, PhotoUnknown, CategoryUnknown, lists.ProblemWrong with the place of each fault, WrongState.
    """
    async with changing.his(visit_id, actor, version) as visit:
        LIFECYCLE.check(visit.state, VisitState.REPORTED)
        if missing.may_come(visit) and await speaking.seats(visit, "booked"):
            raise StillExpected(visit.starts_at + missing.WAITED)
        parties = await _there(visit)
        minutes.check(told, parties)
        await _write(visit, told, parties, actor)
        missed = [row["enterprise_id"] for row in await db.fetch(_MISS, visit.id, clock.now(), actor.id)]
        event = NewEvent(Kind.REPORTED, data={"edition": 1, "promises": len(told.promises)})
        columns: dict[str, Any] = {"edition": 1, "reported_at": clock.now(), "nudged_at": None}
        await writing.write(visit, actor, "visits.reported", event, state=VisitState.REPORTED, **columns)
        await _note(visit, parties, actor)
        await ledger.keep(visit, going=())
        await notices.settle(visit, "visit_unreported")
        await later_messages.missed(visit, missed)
        return visit


async def amend(visit_id: UUID, told: Minutes, why: str, *, actor: Actor, version: int) -> Visit:
    """File another edition, which every party is asked about anew; older ones stay to be read.

    Its promises and problems come on top: what was promised is a case and is taken back by nobody here. Raises as
    `file` does, NoReport.
    """
    async with changing.his(visit_id, actor, version) as visit:
        if visit.state is VisitState.ARRIVED:
            raise NoReport
        if visit.state is not VisitState.REPORTED:
            raise WrongState(LIFECYCLE, visit.state, VisitState.REPORTED)
        parties = await _there(visit)
        minutes.check(told, parties, why)
        await _write(visit, told, parties, actor, why)
        edition = visit.edition + 1
        event = NewEvent(Kind.AMENDED, why, {"edition": edition, "promises": len(told.promises)})
        await writing.write(visit, actor, "visits.amended", event, edition=edition)
        await _note(visit, parties, actor)
        await notices.settle(visit, "visit_minutes_objected")
        return visit


async def _there(visit: Visit) -> list[UUID]:
    return [row["enterprise_id"] for row in await db.fetch(_THERE, visit.id)]


async def _write(visit: Visit, told: Minutes, parties: Sequence[UUID], actor: Actor, why: str = "") -> None:
    """Write the next edition with what it promises; whatever of it is refused, all of it is."""
    edition = visit.edition + 1
    await _check_photos(visit, told, actor)
    await db.execute(_REPORT, visit.id, edition, told.text, why, actor.id, clock.now())
    place = {"visit_id": visit.id, "edition": edition}
    findings = [
        {**place, "nr": nr, "kind": one.kind, "words": one.words, "enterprise_id": one.enterprise_id}
        for nr, one in enumerate(told.findings, 1)
    ]
    photos = [
        {**place, "nr": nr, "position": position, "file_id": photo}
        for nr, one in enumerate(told.findings, 1)
        for position, photo in enumerate(dict.fromkeys(one.photos), 1)
    ]
    await db.execute(_FINDINGS, orjson.dumps(findings, default=str).decode())
    await db.execute(_PHOTOS, orjson.dumps(photos, default=str).decode())
    await promising.make(visit, told.promises, parties, edition, actor)
    await _list(visit, told, parties, actor)


async def _check_photos(visit: Visit, told: Minutes, actor: Actor) -> None:
    wanted = {photo for one in told.findings for photo in one.photos}
    given = (sorted(wanted), PURPOSE, actor.kind.value, actor.id, visit.id)
    found = {row["id"] for row in await db.fetch(_HIS, *given)} if wanted else set()
    wrong = [
        FieldError(f"findings.{nr}.photos.{at}", "unknown", PhotoUnknown.sentence)
        for nr, one in enumerate(told.findings)
        for at, photo in enumerate(one.photos)
        if photo not in found
    ]
    if wrong:
        raise PhotoUnknown(fields=tuple(wrong))


async def _list(visit: Visit, told: Minutes, parties: Sequence[UUID], actor: Actor) -> None:
    """Put problems into the visit's list (销号制); to a list that is there whoever may give problems out adds them."""
    if not told.problems:
        return
    there = await db.fetch_value(_LIST, NAME, visit.id)
    if there is not None:
        await lists_opening.add(there, told.problems, actor=actor)
        return
    whole = parties[0] if len(parties) == 1 else None
    title = f"走访{visit.number}发现的问题"
    district, unit_id = visit.district, visit.unit_id
    await lists.open_list(NAME, visit.id, whole, told.problems, actor, title=title, district=district, unit_id=unit_id)


async def _note(visit: Visit, parties: Sequence[UUID], actor: Actor) -> None:
    """Ask everybody who was there for his word, and let the enterprises' timelines tell of it."""
    await db.execute(_ASK, visit.id, visit.edition, list(parties))
    detail = {"visit": visit.number, "edition": visit.edition}
    entries = [audit.Entry("visits.minutes", "enterprises", one, detail=detail) for one in parties]
    await audit.record_many(actor, entries)
    await later_messages.minutes_filed(visit, parties)
