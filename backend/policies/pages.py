"""One policy as one owner reads it: the statements, and the usual case by a single one that reads only what is his.

A released edition never changes but in how it ends, and every change of a row gives it another `xmin`. So a process
keeps the pages it has read lately; the statement that reads the enterprise's facts tells besides whether the row is
still that very one, and if it isn't, or anything else is not as usual, the long way is gone (`feed.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend.access import Actor, ActorKind
from backend.consents import NOT_REFUSED
from backend.eligibility import Fact, Rule, facts_from_row
from backend.enterprises.replay import LAST_FACT
from backend.foundation import clock, db
from backend.policies import attachments, cards, editions, replay, rules
from backend.policies.queries import LIVE, RELEASED, WHOLE

SCOPE: Final = "policies"
_KEPT: Final = 1_000
_FRESH: Final = timedelta(minutes=10)
"""How long a page is kept: whether its links still answer stands in other rows, without a sign in its own."""

_IS_FAVOURITE = "EXISTS (SELECT FROM policy_favourites k WHERE k.person_id = $3 AND k.policy_id = {policy})"
_IS_EXCLUSIVE = "EXISTS (SELECT FROM policy_exclusions x WHERE x.policy_id = {policy})"
# $1 the policy, $2 the day, $3 who reads.
_NEWEST = f"""
SELECT json_build_object({WHOLE})::text AS told, {attachments.ATTACHED} AS attached, v.id, v.policy_id, v.rule_hash,
       {cards.PHASE.format(day="$2::date")} AS phase, {cards.NOTICE.format(day="$2::date")} AS notice,
       {_IS_FAVOURITE.format(policy="p.id")} AS favourite, {NOT_REFUSED.format(person="$3")} AS personalised,
       {{in_force}} AS is_in_force, {_IS_EXCLUSIVE.format(policy="p.id")} AS is_exclusive, v.xmin::text AS row_version
FROM policies p JOIN policy_versions v ON v.policy_id = p.id
WHERE p.id = $1 AND {RELEASED.render()} ORDER BY {{first}} v.edition DESC LIMIT 1
"""
TODAY: Final = _NEWEST.format(in_force=LIVE.format(day="$2::date"), first="")
# On another day: the edition that held then, else the newest that had begun by then, which has no answer.
_THEN = f"({editions.IN_FORCE.format(day='$2::date')})"
THAT_DAY: Final = _NEWEST.format(in_force=_THEN, first=f"{_THEN} DESC, v.effective_from <= $2::date DESC,")
# $1 the policy, $2 its version, $3 who reads, $4 the enterprise, $5 now. No row: the long way finds out what to tell.
_HIS: Final = f"""
SELECT {_IS_FAVOURITE.format(policy="$1")} AS favourite, {NOT_REFUSED.format(person="$3")} AS personalised,
       {_IS_EXCLUSIVE.format(policy="$1")} AS is_exclusive,
       (SELECT v.xmin::text FROM policy_versions v WHERE v.id = $2) AS row_version,
       e.resettle_on, {LAST_FACT} AS last_fact_id{{columns}}
FROM bindings b JOIN enterprises e ON e.id = b.enterprise_id
WHERE b.person_id = $3 AND b.enterprise_id = $4 AND b.state IN ('active', 'read_only')
  AND (b.until IS NULL OR b.until > $5) AND (b.role <> 'clerk' OR '{SCOPE}' = ANY(b.scope))
"""


@dataclass(frozen=True, slots=True)
class _Page:
    """An edition in force as it stood on a day, until when that is kept, and how what its rule asks about is read."""

    row: dict[str, Any]
    day: date
    until: datetime
    rule: Rule
    wanted: tuple[Fact, ...]
    sql: str


_kept: dict[UUID, _Page] = {}


async def at_once(
    actor: Actor, enterprise_id: UUID, policy_id: UUID, *, asked: bool | None
) -> tuple[Mapping[str, Any], dict[str, Any]] | None:
    """Return a page as `TODAY` gives it, and its answer of today; None when anything about it is not as usual."""
    page, day, now = _kept.get(policy_id), clock.today(), clock.now()
    if page is None or page.day != day or page.until < now or asked is False or actor.kind is not ActorKind.OWNER:
        return None
    his = await db.fetch_one(page.sql, policy_id, page.row["id"], actor.id, enterprise_id, now)
    if his is None or his["row_version"] != page.row["row_version"] or not (his["personalised"] or asked):
        return None
    if clock.today() != day or (his["resettle_on"] is not None and his["resettle_on"] <= day):
        return None
    named = replay.Named(page.row["id"], his["last_fact_id"], day)
    answered = replay.given(named, page.rule, facts_from_row(dict(his), page.wanted), enterprise_id)
    own = {name: his[name] for name in ("favourite", "personalised", "is_exclusive")}
    return {**page.row, **own}, answered


async def keep(row: Record, day: date) -> None:
    """Keep the page of an edition in force, as `TODAY` gave it, for whoever reads it next."""
    rule = (await rules.parsed({row["rule_hash"]})).get(row["rule_hash"])
    if not row["is_in_force"] or rule is None or rule.hash != row["rule_hash"]:
        return
    wanted = rules.facts_of([rule])
    sql = _HIS.format(columns=rules.column_list(wanted, "e"))
    if len(_kept) >= _KEPT:
        _kept.pop(next(iter(_kept)))
    _kept[row["policy_id"]] = _Page(dict(row), day, clock.now() + _FRESH, rule, wanted, sql)
