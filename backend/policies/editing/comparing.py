"""Enterprise by enterprise, whose answer changes when a version takes the place of another."""

from datetime import date
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from backend.access import Actor, Condition
from backend.access.visibility import EVERYTHING
from backend.eligibility import compile_rule
from backend.enterprises import visibility
from backend.enterprises.audience import answer_sql
from backend.enterprises.catalogue import CATALOGUE
from backend.foundation import clock, db
from backend.foundation.paging import cut, decode_cursor, encode_cursor
from backend.policies.editing.audience import Compared, bounded, compared
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
    about = await compared(actor, policy_id, against)
    visible = visibility.visible_to(actor) & _behind(cursor)
    sql, params = _statement(about, change, as_of or clock.today(), visible, limit + 1)
    async with bounded():
        rows = await db.fetch(sql, *params)
    page, following = cut(rows, limit, lambda row: encode_cursor(row["id"]))
    return {"items": [dict(row) for row in page], "next": following}


def _behind(cursor: str | None) -> Condition:
    last_seen = decode_cursor(cursor, UUID)
    return EVERYTHING if last_seen is None else Condition("e.id > {}::uuid", last_seen)


def _statement(
    about: Compared, change: Change, day: date, visible: Condition, limit: int
) -> tuple[str, tuple[Any, ...]]:
    """Return the SQL and its parameters: those of the newer rule, of the other one, and of who may be seen."""
    if about.other_rule is None:
        raise NothingToCompare
    now = compile_rule(about.rule, CATALOGUE, day)
    was = compile_rule(about.other_rule, CATALOGUE, day, first_param=len(now.surely.params) + 1)
    params = (*now.surely.params, *was.surely.params)
    told = {"before": answer_sql(was), "after": answer_sql(now)}
    sql = _CHANGED.format(
        **told,
        changed=_WANTED[change].format(**told, now=now.surely.sql, was=was.surely.sql),
        wanted=visible.render(len(params) + 1),
        limit=limit,
    )
    return sql, (*params, *visible.params)
