"""Two units plan to come to one enterprise within some days: both are asked once to come together.

Services with services and inspections with inspections, never across. Both must agree; then one plan stays and the
other goes into it, so that the enterprise is disturbed once and the ledger counts one.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend import audit, outbox
from backend.access import Actor, covers
from backend.enterprises.contacts.errors import ContactChanged, MergeUnknown, NotYours
from backend.enterprises.contacts.states import MERGE, MergeState, Side
from backend.foundation import clock, db
from backend.outbox import NewItem

PROPOSED: Final = "contacts.merge_proposed"
"""Outbox topic: tell both units of a proposal; payload {merge_id}."""
DAYS: Final = "SELECT merge_days FROM contact_settings"
ANSWERING: Final = {Side.SERVICE: "visits.assign", Side.INSPECTION: "inspections.enter"}
"""Whose permission, besides those who planned it or are to go, answers for a plan."""

_PROPOSE: Final = f"""
INSERT INTO contact_merges (id, enterprise_id, first_id, second_id, state, proposed_at)
SELECT DISTINCT ON (least(p.id, o.id), greatest(p.id, o.id))
    uuidv7(), p.enterprise_id, least(p.id, o.id), greatest(p.id, o.id), 'proposed', $2::timestamptz
FROM contact_plans p JOIN contact_plans o ON o.enterprise_id = p.enterprise_id AND o.side = p.side
    AND o.state = 'planned' AND o.is_counted AND abs(o.on_day - p.on_day) <= ({DAYS})
    AND coalesce(o.unit_id, o.staff_id) IS DISTINCT FROM coalesce(p.unit_id, p.staff_id)
WHERE p.id = ANY ($1::uuid[]) AND o.id <> p.id AND p.state = 'planned' AND p.is_counted
ON CONFLICT (first_id, second_id) DO NOTHING RETURNING id
"""
_OVER: Final = """
UPDATE contact_merges SET state = 'over', ended_at = $2, version = version + 1
WHERE (first_id = ANY ($1::uuid[]) OR second_id = ANY ($1::uuid[])) AND state = 'proposed'
"""
_SEEN: Final = "SELECT first_id, second_id FROM contact_merges WHERE id = $1"
_LOCK: Final = "SELECT * FROM contact_merges WHERE id = $1 FOR NO KEY UPDATE"
_PLANS: Final = "SELECT * FROM contact_plans WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE"
_FOLD: Final = """
UPDATE contact_plans SET state = 'merged', ended_at = $2, end_reason = $3, version = version + 1
WHERE id = $1 AND state = 'planned'
"""


async def propose(plan_ids: Sequence[UUID]) -> None:
    """Propose to come together to whoever planned within some days of these plans; no pair is ever asked twice."""
    rows = await db.fetch(_PROPOSE, list(plan_ids), clock.now()) if plan_ids else []
    told = [NewItem(PROPOSED, {"merge_id": str(row["id"])}, str(row["id"])) for row in rows]
    if told:
        await outbox.put_many(told)


async def over(plan_ids: Sequence[UUID]) -> None:
    """End the proposals about plans that no longer stand."""
    await db.execute(_OVER, list(plan_ids), clock.now())


async def locked(merge_id: UUID, actor: Actor, version: int | None = None) -> tuple[Record, Record, Record]:
    """Lock a proposal with its two plans; raises MergeUnknown, NotYours for whoever answers for neither, WrongState."""
    seen = await db.fetch_one(_SEEN, merge_id)
    if seen is None:
        raise MergeUnknown
    # plans before what was proposed about them, as whoever ends a plan does
    first, second = await db.fetch(_PLANS, [seen["first_id"], seen["second_id"]])
    merge = await db.fetch_one(_LOCK, merge_id)
    if merge is None:
        raise MergeUnknown
    if not (answers(first, actor) or answers(second, actor)):
        raise NotYours
    if version is not None and version != merge["version"]:
        raise ContactChanged
    return merge, first, second


def answers(plan: Record, actor: Actor) -> bool:
    """Tell whether somebody answers for a plan: he is to go, he planned it, or he arranges such plans there."""
    if actor.id is not None and actor.id in (plan["staff_id"], plan["planned_by"]):
        return True
    return covers(actor, ANSWERING[Side(plan["side"])], district=plan["district"], unit=plan["unit_id"])


async def agree(merge: Record, first: Record, second: Record, *, actor: Actor) -> bool:
    """Note who agrees, for each plan for which he answers; tells whether both have agreed now."""
    MERGE.check(MergeState(merge["state"]), MergeState.MERGED)
    noted: dict[str, Any] = {}
    for place, plan in (("first", first), ("second", second)):
        if answers(plan, actor) and merge[f"{place}_at"] is None:
            noted |= {f"{place}_by": actor.id, f"{place}_at": clock.now()}
    await _write(merge, noted, actor, "contacts.merge_agreed")
    return all(merge[f"{place}_at"] or noted.get(f"{place}_at") for place in ("first", "second"))


async def fold(merge: Record, stays: Record, goes: Record, *, actor: Actor) -> None:
    """Let one plan go into the other: from here on they are one. Other proposals about the one that goes are over."""
    await _write(merge, {"state": MergeState.MERGED, "ended_at": clock.now()}, actor, "contacts.merged")
    await db.execute(_FOLD, goes["id"], clock.now(), f"并入{stays['on_day'].isoformat()}的计划")
    await over([goes["id"]])


async def decline(merge: Record, reason: str, *, actor: Actor) -> None:
    """Go separately, with a reason that both read."""
    MERGE.check(MergeState(merge["state"]), MergeState.DECLINED)
    ended = {"state": MergeState.DECLINED, "declined_by": actor.id, "decline_reason": reason, "ended_at": clock.now()}
    await _write(merge, ended, actor, "contacts.merge_declined")


async def _write(merge: Record, columns: dict[str, Any], actor: Actor, action: str) -> None:
    sets = "".join(f"{name} = ${place}, " for place, name in enumerate(columns, 2))
    await db.execute(
        f"UPDATE contact_merges SET {sets}version = version + 1 WHERE id = $1", merge["id"], *columns.values()
    )
    await audit.record(actor, action, table="enterprises", row_id=merge["enterprise_id"])
