"""Enterprise by enterprise, whose answer changes when a version takes the place of another."""

from datetime import date
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from backend.access import Actor, Condition
from backend.eligibility import compile_rule
from backend.enterprises import visibility
from backend.enterprises.catalogue import CATALOGUE
from backend.foundation import clock, db
from backend.foundation.paging import cut, decode_cursor, encode_cursor
from backend.policies.audience import answer_sql, bounded, compared
from backend.policies.errors import NothingToCompare


class Change(StrEnum):
    """Which changes are asked for: who becomes a yes, who no longer is one, or any other answer than before."""

    GAINS = "gains"
    LOSES = "loses"
    ANY = "any"


# Index order by id with the two rules as filters: a page ends as soon as it is full.
_CHANGED: Final = """
SELECT e.id, e.name, e.uscc, e.district, {before} AS before, {after} AS after FROM enterprises e
WHERE e.closed_at IS NULL AND {wanted} AND {changed}
ORDER BY e.id LIMIT {limit}
"""
_WANTED: Final = {
    Change.GAINS: "{now} AND NOT {was}",
    Change.LOSES: "{was} AND NOT {now}",
    Change.ANY: "{before} <> {after}",
}


async def changes(
    actor: Actor,
    policy_id: UUID,
    *,
    change: Change = Change.ANY,
    against: int | None = None,
    as_of: date | None = None,
    cursor: str | None = None,
    limit: int = 20,
) -> dict[str, Any]:
    """Return one page of those whose answer another edition changes: {items, next}, of what the actor may see.

    The newest version is `after`; `before` is the edition named, or the one that was out last. Raises NothingToCompare
    when there is none, and what `audience.compared` raises.
    """
    last_seen = decode_cursor(cursor, UUID)
    about = await compared(actor, policy_id, against)
    if about.other_rule is None:
        raise NothingToCompare
    day = as_of or clock.today()
    now = compile_rule(about.rule, CATALOGUE, day)
    was = compile_rule(about.other_rule, CATALOGUE, day, first_param=len(now.surely.params) + 1)
    rule_params = (*now.surely.params, *was.surely.params)
    wanted = visibility.visible_to(actor)
    if last_seen is not None:
        wanted = wanted & Condition("e.id > {}::uuid", last_seen)
    told = {"before": answer_sql(was), "after": answer_sql(now)}
    sql = _CHANGED.format(
        **told,
        changed=_WANTED[change].format(**told, now=now.surely.sql, was=was.surely.sql),
        wanted=wanted.render(len(rule_params) + 1),
        limit=limit + 1,
    )
    async with bounded():
        rows = await db.fetch(sql, *rule_params, *wanted.params)
    page, following = cut(rows, limit, lambda row: encode_cursor(row["id"]))
    return {"items": [dict(row) for row in page], "next": following}
