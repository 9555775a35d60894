"""For which seats of a visit somebody speaks, and which party an act is about."""

from typing import Final
from uuid import UUID

from backend.access import EVERYTHING, Actor, ActorKind, Condition
from backend.foundation import clock, db
from backend.visits.afterwards.errors import PartyUnknown
from backend.visits.errors import VisitUnknown
from backend.visits.models import Visit

# Of a binding b: whoever runs the enterprise, and a clerk who was given visits.
_IN_TIME: Final = "(b.until IS NULL OR b.until > {now}) AND (b.role <> 'clerk' OR 'visits' = ANY (b.scope))"
_MAY: Final = f"b.state = 'active' AND {_IN_TIME}"
# Of an enterprise for which he may act: whoever booked one and left the enterprise no longer does.
_MINE: Final = f"""
SELECT p.enterprise_id FROM visit_parties p WHERE p.visit_id = $1 AND p.state <> 'cancelled' AND EXISTS (
    SELECT FROM bindings b WHERE b.enterprise_id = p.enterprise_id AND b.person_id = $2 AND {_MAY.format(now="$3")})
ORDER BY p.joined_at, p.enterprise_id
"""
_ACTS: Final = f"""
EXISTS (SELECT FROM bindings b WHERE b.enterprise_id = p.enterprise_id AND b.person_id = {{}}
        AND {_MAY.format(now="{}")})
"""
TOLD: Final = f"""
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM bindings b WHERE b.enterprise_id = p.enterprise_id AND b.person_id = p.person_id
                   AND b.state IN ('active', 'read_only') AND {_IN_TIME}) AS is_bound) AS s
CROSS JOIN LATERAL (
    SELECT p.person_id WHERE s.is_bound
    UNION ALL
    SELECT b.person_id FROM bindings b WHERE NOT s.is_bound AND b.enterprise_id = p.enterprise_id AND {_MAY}) AS w
"""
"""SQL beside `visit_parties p`: w.person_id is who is told.

Who booked; where nobody is named, or he has left, everybody who speaks for the enterprise now.
"""
_ALL: Final = """
SELECT enterprise_id FROM visit_parties WHERE visit_id = $1 AND state = ANY ($2::text[])
ORDER BY joined_at, enterprise_id
"""
HAS_ACCOUNT: Final = f"EXISTS (SELECT FROM bindings b WHERE b.enterprise_id = {{party}} AND {_MAY})"
_HAS_ACCOUNT: Final = f"SELECT {HAS_ACCOUNT.format(party='$1', now='$2')}"


def acting(actor: Actor) -> Condition:
    """Return the condition over `visit_parties p` of a visit that he sees: an owner acts for his own seats alone."""
    return EVERYTHING if actor.kind is not ActorKind.OWNER else Condition(_ACTS, (actor.id, clock.now()))


async def booked_by(visit_id: UUID, actor: Actor) -> list[UUID]:
    """Return the booked seats of a visit for which an owner speaks; staff speak for none."""
    if actor.kind is not ActorKind.OWNER:
        return []
    his = acting(actor)
    sql = (
        f"SELECT p.enterprise_id FROM visit_parties p WHERE p.visit_id = $1 AND p.state = 'booked' AND {his.render(2)}"
    )
    return [row["enterprise_id"] for row in await db.fetch(sql, visit_id, *his.params)]


async def his_seat(visit: Visit, enterprise_id: UUID | None, actor: Actor) -> UUID:
    """Return the seat of a visit that an owner means; one need not be named where he has but one.

    Raises VisitUnknown where he speaks for none, PartyUnknown where it isn't clear which one he means.
    """
    mine = await his_seats(visit, actor)
    if not mine:
        raise VisitUnknown
    return chosen(mine, enterprise_id)


async def his_seats(visit: Visit, actor: Actor) -> list[UUID]:
    """Return the enterprises of a visit for which an owner speaks, those that left it not among them."""
    if actor.kind is not ActorKind.OWNER:
        return []
    return [row["enterprise_id"] for row in await db.fetch(_MINE, visit.id, actor.id, clock.now())]


async def seats(visit: Visit, *states: str) -> list[UUID]:
    """Return the enterprises of a visit in these states, who booked first first."""
    return [row["enterprise_id"] for row in await db.fetch(_ALL, visit.id, list(states))]


def chosen(seats_: list[UUID], enterprise_id: UUID | None) -> UUID:
    """Return the named one of some seats, or the only one; raises PartyUnknown."""
    if enterprise_id is None and len(seats_) == 1:
        return seats_[0]
    if enterprise_id is None or enterprise_id not in seats_:
        raise PartyUnknown
    return enterprise_id


async def has_account(enterprise_id: UUID) -> bool:
    """Tell whether somebody can speak for a party by himself."""
    return bool(await db.fetch_value(_HAS_ACCOUNT, enterprise_id, clock.now()))
