"""One policy as one owner reads it: the statements, and the usual case by a single one that reads only what is his.

A released edition never changes but in how it ends, and every change of a row gives it another `xmin`. So a process
keeps the pages it has read lately, what was known of the enterprises it has lately read them for (who opens one policy
opens the next), and the answers that came of the two, which say nothing of who reads. The one statement, the same for
all policies, tells whether both rows are still those very ones; if they aren't, or anything else is not as usual, the
facts are read again or the long way is gone (`feed.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

from asyncpg import Record

from backend.access import Actor, ActorKind
from backend.consents import NOT_REFUSED
from backend.eligibility import RuleSet, facts_from_row
from backend.eligibility.evaluate import Facts
from backend.enterprises.catalogue import CATALOGUE
from backend.enterprises.replay import LAST_FACT
from backend.foundation import clock, db
from backend.policies import rules
from backend.policies.editing import attachments, editions
from backend.policies.queries import LIVE, RELEASED, WHOLE
from backend.policies.reading import cards, replay
from backend.policies.scope import IN_SCOPE

K = TypeVar("K")
T = TypeVar("T")

_KEPT: Final = 1_000
_KEPT_FACTS: Final = 500
_KEPT_ANSWERS: Final = 2_000
_ALL_FACTS: Final = tuple(CATALOGUE.values())
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
       e.resettle_on, {LAST_FACT} AS last_fact_id, e.xmin::text AS facts_version
FROM bindings b JOIN enterprises e ON e.id = b.enterprise_id
WHERE b.person_id = $3 AND b.enterprise_id = $4 AND b.state IN ('active', 'read_only')
  AND (b.until IS NULL OR b.until > $5) AND {IN_SCOPE}
"""
_FACTS: Final = f"""
SELECT e.xmin::text AS facts_version{rules.column_list(_ALL_FACTS, "e")} FROM enterprises e WHERE e.id = $1
"""


@dataclass(frozen=True, slots=True)
class _Page:
    """An edition in force as it stood on a day, until when that is kept, and its rule made ready for that day."""

    row: dict[str, Any]
    day: date
    until: datetime
    rule: RuleSet[UUID]


@dataclass(frozen=True, slots=True)
class _Known:
    """What was known of an enterprise while its row was this one; a day later nobody relies on it."""

    row_version: str
    day: date
    facts: Facts


@dataclass(frozen=True, slots=True)
class _Given:
    """An answer and all that it rests on besides policy and enterprise: both rows, the last telling, the day."""

    basis: tuple[str, str, int, date]
    told: dict[str, Any]


_kept: dict[UUID, _Page] = {}
_known: dict[UUID, _Known] = {}
_given: dict[tuple[UUID, UUID], _Given] = {}


async def at_once(
    actor: Actor, enterprise_id: UUID, policy_id: UUID, *, asked: bool | None
) -> tuple[Mapping[str, Any], dict[str, Any]] | None:
    """Return a page as `TODAY` gives it, and its answer of today; None when anything about it is not as usual."""
    page, day, now = _kept.get(policy_id), clock.today(), clock.now()
    if page is None or page.day != day or page.until < now or asked is False or actor.kind is not ActorKind.OWNER:
        return None
    his = await db.fetch_one(_HIS, policy_id, page.row["id"], actor.id, enterprise_id, now)
    if his is None or his["row_version"] != page.row["row_version"] or not (his["personalised"] or asked):
        return None
    if his["resettle_on"] is not None and his["resettle_on"] <= day:
        return None
    answered = await _answered(page, his, policy_id, enterprise_id)
    if answered is None or clock.today() != day:
        return None
    own = {name: his[name] for name in ("favourite", "personalised", "is_exclusive")}
    return {**page.row, **own}, answered


async def _answered(page: _Page, his: Record, policy_id: UUID, enterprise_id: UUID) -> dict[str, Any] | None:
    """Return the answer over the rows that `his` names; None when the enterprise has another one by now."""
    basis = (his["row_version"], his["facts_version"], his["last_fact_id"], page.day)
    given = _given.get((policy_id, enterprise_id))
    if given is None or given.basis != basis:
        facts = await _facts(enterprise_id, his["facts_version"], page.day)
        if facts is None:
            return None
        named = replay.Named(page.row["id"], his["last_fact_id"], page.day)
        told = replay.given(named, page.rule.answer(facts).explain(policy_id), enterprise_id)
        given = _Given(basis, told)
        _put(_given, (policy_id, enterprise_id), given, most=_KEPT_ANSWERS)
    return given.told


async def _facts(enterprise_id: UUID, row_version: str, day: date) -> Facts | None:
    """Return what the enterprise's row of this version holds; None when there is another one by now."""
    known = _known.get(enterprise_id)
    if known is None or (known.row_version, known.day) != (row_version, day):
        row = await db.fetch_one(_FACTS, enterprise_id)
        if row is None or row["facts_version"] != row_version:
            return None
        known = _Known(row_version, day, facts_from_row(dict(row), _ALL_FACTS))
        _put(_known, enterprise_id, known, most=_KEPT_FACTS)
    return known.facts


async def keep(row: Record, day: date) -> None:
    """Keep the page of an edition in force, as `TODAY` gave it, for whoever reads it next."""
    rule = (await rules.parsed({row["rule_hash"]})).get(row["rule_hash"])
    if not row["is_in_force"] or rule is None or rule.hash != row["rule_hash"]:
        return
    ready = RuleSet({row["policy_id"]: rule}, day)
    _put(_kept, row["policy_id"], _Page(dict(row), day, clock.now() + _FRESH, ready), most=_KEPT)


def _put(kept: dict[K, T], key: K, value: T, *, most: int) -> None:
    """Keep a value, and let go of what was kept first when there are too many."""
    kept.pop(key, None)
    if len(kept) >= most:
        kept.pop(next(iter(kept)))
    kept[key] = value
