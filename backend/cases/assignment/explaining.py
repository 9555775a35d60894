"""Shows staff why a case went to whom, and whom it could go to now."""

from typing import Any, Final
from uuid import UUID

import orjson

from backend import staff
from backend.access import Actor
from backend.cases import writing
from backend.cases.assignment import choosing
from backend.cases.assignment.candidates import HANDLE, Pool, accept_by, day_of
from backend.cases.assignment.placing import NOTE
from backend.cases.errors import CaseUnknown
from backend.cases.visibility import visible_to
from backend.foundation import db
from backend.foundation.errors import Forbidden

_HIDDEN: Final = "（已隐去）"
_REASONS: Final = """
SELECT n.at, n.staff_id, n.body, n.data::text AS data, s.name AS by FROM case_notes n
LEFT JOIN staff s ON s.id = n.staff_id WHERE n.case_id = $1 AND n.kind = $2 ORDER BY n.id LIMIT 200
"""
_CASE: Final = """
SELECT c.district, c.unit_id, c.person_id, c.enterprise_id, k.skill, c.accept_due_at, c.accepted_at,
    c.handler_id, c.offered_to,
    ARRAY(SELECT (e.data->>'staff_id')::uuid FROM case_events e WHERE e.case_id = c.id AND e.kind = 'returned'
          AND e.data->>'why' IN ('returned', 'not_accepted')) AS passed
FROM cases c JOIN case_categories k ON k.key = c.category WHERE c.id = $1
"""


async def reasons(actor: Actor, case_id: UUID) -> list[dict[str, Any]]:
    """Return every way the case took with its reason, the oldest first; raises CaseUnknown.

    Whoever reads masked sees what the service itself said, not what colleagues wrote.
    """
    await _check(actor, case_id)
    rows = await db.fetch(_REASONS, case_id, NOTE)
    told = [orjson.loads(row["data"]) for row in rows]
    people = {UUID(one["staff_id"]) for data in told for one in data.get("candidates", ())}
    names = await staff.names(people)
    is_masked = actor.reads_masked("cases.read")
    return [
        {
            "at": row["at"],
            "by": row["by"],
            "rule": data.get("rule", ""),
            "words": _HIDDEN if is_masked and row["staff_id"] else row["body"],
            "candidates": [_candidate(one, names) for one in data.get("candidates", ())],
        }
        for row, data in zip(rows, told, strict=True)
    ]


def _candidate(told: dict[str, Any], names: dict[UUID | None, str]) -> dict[str, Any]:
    staff_id = UUID(told["staff_id"])
    return {**told, "staff_id": staff_id, "name": names.get(staff_id, ""), "why": choosing.why_left_out(told)}


async def candidates(actor: Actor, case_id: UUID) -> list[dict[str, Any]]:
    """Return who could be given a case now, in the order in which it would be; raises CaseUnknown, Forbidden.

    Who assigns is among the last: he is never chosen by itself, and can be named.
    """
    await _check(actor, case_id, HANDLE)
    row = await db.fetch_one(_CASE, case_id)
    if row is None:
        raise CaseUnknown
    until = accept_by(await writing.calendar(), row["accept_due_at"], row["accepted_at"])
    pool = await Pool.read(day_of([until]))
    people = pool.candidates(dict(row), day_of([until]), passed=row["passed"])
    names, taken = pool.names(), {row["handler_id"], row["offered_to"]}
    ordered = choosing.ranked([one for one in people if one.staff_id not in taken], str(case_id))
    told = [{**choosing.told_of(one), "staff_id": one.staff_id} for one in ordered]
    return [{**one, "name": names[one["staff_id"]], "why": choosing.why_left_out(one)} for one in told]


async def _check(actor: Actor, case_id: UUID, permission: str | None = None) -> None:
    for wanted in ("cases.read", permission):
        if wanted is None:
            continue
        visible = visible_to(actor, wanted)
        sql = f"SELECT FROM cases c WHERE c.id = $1 AND {visible.render(2)}"
        if await db.fetch_one(sql, case_id, *visible.params) is None:
            raise CaseUnknown if wanted == "cases.read" else Forbidden(wanted)
