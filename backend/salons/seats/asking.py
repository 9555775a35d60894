"""What is known of those who ask for a seat: for whom they act, what stands of them already, whether they fit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import orjson

from backend.access import Actor, ActorKind
from backend.eligibility import Fact, Verdict, evaluate, facts_from_row, needed_facts
from backend.eligibility.evaluate import Facts
from backend.enterprises.catalogue import CATALOGUE
from backend.enterprises.models import BindingRole, BindingState
from backend.enterprises.rules import column_list
from backend.foundation import clock, db
from backend.foundation.errors import WuweiError
from backend.identity.errors import NotBound, OutOfScope, ReadOnly
from backend.salons.errors import EnterpriseUnknown, SalonUnknown
from backend.salons.seats import forms, rooms
from backend.salons.seats.admitting import LOWERED, NORMAL, Fit, Standing
from backend.salons.seats.rooms import Held
from backend.salons.visibility import NAME

# Each of these looks is one walk down an index for each of those who ask, however PostgreSQL guesses the tables' sizes:
# a plain join it would rather do over all bindings, all who ever attended, all of the salon, where it thinks there are
# few. (OFFSET 0: first the sign-ups of a person or an enterprise, then of these the salon's.)
_STANDINGS: Final = """
SELECT w.n, e.id IS NOT NULL AS is_known, e.closed_at IS NOT NULL AS is_closed, b.role, b.state AS binding, b.scope,
    ARRAY(SELECT h.nth FROM (
              SELECT g.nth, g.salon_id FROM salon_signups g
              WHERE g.enterprise_id = w.enterprise_id AND g.nth IS NOT NULL OFFSET 0) AS h
          WHERE h.salon_id = w.salon_id) AS places,
    mine.id AS mine, mine.enterprise_id AS mine_for,
    (SELECT TRUE FROM salon_signups g WHERE g.enterprise_id = w.enterprise_id AND g.state = 'attended' LIMIT 1) IS NULL
        AS is_first,
    (SELECT TRUE FROM salon_no_shows x WHERE x.person_id = w.person_id AND x.lowers_until > $5
     AND x.is_excused IS NOT TRUE LIMIT 1) IS NOT NULL AS is_lowered
FROM unnest($1::int[], $2::uuid[], $3::uuid[], $4::uuid[]) AS w (n, salon_id, enterprise_id, person_id)
LEFT JOIN LATERAL (SELECT o.id, o.closed_at FROM enterprises o WHERE o.id = w.enterprise_id LIMIT 1) AS e ON TRUE
LEFT JOIN LATERAL (
    SELECT l.role, l.state, l.scope FROM bindings l
    WHERE l.person_id = w.person_id AND l.enterprise_id = w.enterprise_id
    AND l.state IN ('active', 'read_only') AND (l.until IS NULL OR l.until > $5) LIMIT 1) AS b ON TRUE
LEFT JOIN LATERAL (
    SELECT h.id, h.enterprise_id FROM (
        SELECT g.id, g.enterprise_id, g.salon_id FROM salon_signups g
        WHERE g.person_id = w.person_id AND g.nth IS NOT NULL OFFSET 0) AS h
    WHERE h.salon_id = w.salon_id LIMIT 1) AS mine ON TRUE
WHERE w.salon_id = s.id
"""
_LOOK: Final = f"""
SELECT {rooms.COLUMNS}, (SELECT json_agg(a) FROM ({_STANDINGS}) AS a)::text AS askers
FROM salons s WHERE s.id = ANY ($2::uuid[])
"""
_FACTS: Final = "SELECT e.id{columns} FROM enterprises e WHERE e.id = ANY ($1::uuid[])"


@dataclass(frozen=True, slots=True)
class Wish:
    """One person wants to come to a salon for an enterprise. `waits`: on the waiting list where there is no seat.

    `actor` is himself, or the staff member who signs him up; `person_id` is None for somebody without an account.
    """

    actor: Actor
    salon_id: UUID
    enterprise_id: UUID
    person_id: UUID | None
    way: str
    waits: bool = False
    attendee: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)
    channel: str = "mini_program"
    request_id: str | None = None

    @property
    def is_by_staff(self) -> bool:
        return self.actor.kind is not ActorKind.OWNER


@dataclass(frozen=True, slots=True)
class Asker:
    """How one who asks stands, with the facts that the form or the rule of his salon look at."""

    standing: Standing
    facts: Facts


@dataclass(frozen=True, slots=True)
class Seen:
    """Salons as they stand at one moment, and for each wish how who asks stands or why he may not ask."""

    salons: Mapping[UUID, Held]
    askers: Sequence[Asker | WuweiError]


async def look(wishes: Sequence[Wish]) -> Seen:
    """Look at the salons and at all who ask by one statement; to decide on seats, lock the salons before."""
    asked = [(n, one.salon_id, one.enterprise_id, one.person_id) for n, one in enumerate(wishes)]
    rows = await db.fetch(_LOOK, *(list(column) for column in zip(*asked, strict=True)), clock.now())
    salons = {row["id"]: rooms.held(row) for row in rows}
    known = await _facts(wishes, salons)
    found: list[Asker | WuweiError] = [SalonUnknown() for _ in wishes]
    for row in (one for salon in rows for one in orjson.loads(salon["askers"] or "[]")):
        wish = wishes[row["n"]]
        facts = known.get(wish.enterprise_id, {})
        found[row["n"]] = _barred(wish, row) or Asker(_standing(wish, row, _fit(salons[wish.salon_id], facts)), facts)
    return Seen(salons, found)


async def facts_of(enterprise_id: UUID, form: Mapping[str, Any]) -> Facts:
    """Return what is known of an enterprise of that which a form asks."""
    wanted = tuple(forms.facts_of(form).values())
    return (await _read([enterprise_id], wanted)).get(enterprise_id, {}) if wanted else {}


def _barred(wish: Wish, row: Mapping[str, Any]) -> WuweiError | None:
    if not row["is_known"]:
        return EnterpriseUnknown()
    if wish.is_by_staff:
        is_strange = wish.person_id is not None and row["role"] is None
        return EnterpriseUnknown("该经营者没有绑定这家企业，请核对后再试。") if is_strange else None
    if row["role"] is None:
        return NotBound()
    if row["role"] == BindingRole.CLERK and NAME not in row["scope"]:
        return OutOfScope()
    return ReadOnly() if row["binding"] == BindingState.READ_ONLY else None


def _standing(wish: Wish, row: Mapping[str, Any], fit: Fit) -> Standing:
    return Standing(
        wish.enterprise_id,
        wish.person_id,
        frozenset(row["places"]),
        row["is_first"],
        LOWERED if row["is_lowered"] else NORMAL,
        row["is_closed"],
        fit,
        UUID(row["mine"]) if row["mine"] else None,
        UUID(row["mine_for"]) if row["mine_for"] else None,
    )


def _fit(salon: Held, facts: Facts) -> Fit:
    if not salon.is_limited:
        return Fit.YES
    if salon.rule is None:
        return Fit.UNKNOWN
    verdict = evaluate(salon.rule, facts, clock.today())
    return {Verdict.YES: Fit.YES, Verdict.NO: Fit.NO}.get(verdict, Fit.UNKNOWN)


async def _facts(wishes: Sequence[Wish], salons: Mapping[UUID, Held]) -> Mapping[UUID, Facts]:
    wanted: dict[str, Fact] = {}
    for salon in salons.values():
        wanted |= {fact.key: fact for fact in forms.facts_of(salon.form).values()}
        if salon.rule is not None:
            wanted |= {key: CATALOGUE[key] for key in needed_facts(salon.rule)}
    return await _read({one.enterprise_id for one in wishes}, tuple(wanted.values())) if wanted else {}


async def _read(enterprise_ids: Any, facts: tuple[Fact, ...]) -> dict[UUID, Facts]:
    rows = await db.fetch(_FACTS.format(columns=column_list(facts, "e")), list(enterprise_ids))
    return {row["id"]: facts_from_row(dict(row), facts) for row in rows}
