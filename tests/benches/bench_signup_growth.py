"""Signing up for a salon for which 100,000 have signed up already, in a city of 10,000 salons.

Value: milliseconds in which a set of 30 is decided and written, all of whom wait behind 50,000 others. Reference: the
same for a salon of 1,000, in turn with it. Aim: at most 1.3 times. Told besides, of both: a seat given back and offered
to the next; what the last one of the list reads of his place; the page of salons to come; a page of the sign-ups for
staff, with its count. `cpu_ms` is what PostgreSQL's processor spends on each: for 1,000 sign-ups in a city of 100
salons, for as many in one of 10,000, and for the 100,000.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from asyncpg import Record

from backend.access import SYSTEM, Actor, ActorKind
from backend.assembly import assemble
from backend.foundation import db
from backend.foundation.migrations import migrate
from backend.foundation.settings import load_settings
from backend.salons import queries
from backend.salons.seats import answering, signing, signups
from backend.salons.seats.asking import Wish
from backend.tables import MODELS
from tests.backend.salons.people import hall, published
from tests.benches.population import enterprise, person, populate
from tests.benches.processor import metered
from tests.benches.support import IS_SMALL, House, house, report

FLAT: Final = 1.3
SIGNUPS, SALONS = ((1_000, 10_000), (100, 1_000)) if IS_SMALL else ((1_000, 100_000), (100, 10_000))
SET: Final = 30
ROUNDS: Final = 10 if IS_SMALL else 20
SPARE: Final = 3 * (ROUNDS + 2) * SET
"""Owners who sign up while it is measured."""
_SIGNED: Final = """
INSERT INTO salon_signups (id, salon_id, quota_id, way, enterprise_id, person_id, nth, state, is_first, channel,
    signed_by_kind, signed_at, waiting_since, changed_at, confirmed_at)
SELECT uuidv7(), $1, CASE WHEN n.is_seated THEN (SELECT id FROM salon_quotas WHERE salon_id = $1) END, 'hall',
    ('01900000-0000-7000-8000-' || lpad(to_hex(n.n + 1), 12, '0'))::uuid,
    ('01910000-0000-7000-8000-' || lpad(to_hex(n.n), 12, '0'))::uuid, 1,
    CASE WHEN n.is_seated THEN 'confirmed' ELSE 'waiting' END, TRUE, 'mini_program', 'owner', now(),
    CASE WHEN NOT n.is_seated THEN now() - interval '1 day' + n.n * interval '1 ms' END, now(),
    CASE WHEN n.is_seated THEN now() END
FROM (SELECT n, n <= $4 AS is_seated FROM generate_series($2::int, $3::int) AS n) AS n
"""
# Others like one that was written, over the days after it; the same ten people sign up for every one.
_OTHERS: Final = """
WITH made AS (
    INSERT INTO salons SELECT (jsonb_populate_record(s, jsonb_build_object('id', uuidv7(), 'number', 'SL-' || n.n,
        'schedule_id', uuidv7(), 'starts_at', s.starts_at + (n.n % 300) * interval '1 day',
        'ends_at', s.ends_at + (n.n % 300) * interval '1 day'))).*
    FROM salons s, generate_series($2::int, $3::int) AS n (n) WHERE s.id = $1 RETURNING id
), seats AS (
    INSERT INTO salon_quotas SELECT (jsonb_populate_record(q, jsonb_build_object('id', uuidv7(), 'salon_id', made.id,
        'taken', 0))).*
    FROM salon_quotas q, made WHERE q.salon_id = $1
) SELECT count(*) FROM made
"""
_TEN: Final = """
INSERT INTO salon_signups (id, salon_id, quota_id, way, enterprise_id, person_id, nth, state, is_first, channel,
    signed_by_kind, signed_at, changed_at, confirmed_at)
SELECT uuidv7(), s.id, q.id, 'hall', ('01900000-0000-7000-8000-' || lpad(to_hex(n + 1), 12, '0'))::uuid,
    ('01910000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 1, 'confirmed', TRUE, 'mini_program', 'owner',
    now(), now(), now()
FROM salons s JOIN salon_quotas q ON q.salon_id = s.id, generate_series(1, 10) AS n
WHERE s.id <> $1 AND NOT EXISTS (SELECT FROM salon_signups g WHERE g.salon_id = s.id)
"""
_SEATS: Final = "UPDATE salon_quotas SET seats = {0}, hard_limit = {0} WHERE salon_id = $1"
_SOME: Final = """
SELECT id, person_id FROM salon_signups WHERE salon_id = $1 AND state = $2 ORDER BY waiting_since DESC, id LIMIT $3
"""
_TABLES: Final = ("salons", "salon_quotas", "salon_signups", "salon_waiting")


@dataclass(slots=True)
class Town:
    """The salon that is measured, how much there is already, and who comes next."""

    salon: UUID
    newcomer: int
    seated: list[Record] = field(default_factory=list)
    last: list[Record] = field(default_factory=list)

    async def fill(self, signed_up: int) -> None:
        """Half of those who come have a seat, and no seat is left; the others wait."""
        await db.execute(_SEATS.format(100_000), self.salon)
        await db.execute(_SIGNED, self.salon, 1, signed_up, signed_up // 2)
        await db.execute(_SEATS.format("taken"), self.salon)
        self.seated = await db.fetch(_SOME, self.salon, "confirmed", 3 * (ROUNDS + 2))
        self.last = await db.fetch(_SOME, self.salon, "waiting", 1)

    async def sign_up(self) -> None:
        """Thirty who have not asked before, decided as a set; all of them wait."""
        numbers = range(self.newcomer, self.newcomer + SET)
        self.newcomer += SET
        wishes = [Wish(owner(n), self.salon, enterprise(n + 1), person(n), "hall", waits=True) for n in numbers]
        async with db.transaction():
            made = await signing.sign_up(wishes)
        if [getattr(one, "state", one) for one in made] != ["waiting"] * SET:
            raise SystemExit(f"not all of a set wait: {made}")

    async def give_back(self) -> None:
        """Somebody leaves, and the next one is offered his seat before this returns."""
        row = self.seated.pop()
        await answering.leave(row["id"], "", actor=Actor(ActorKind.OWNER, row["person_id"]))

    async def place(self) -> None:
        (row,) = self.last
        told = await signups.detail(Actor(ActorKind.OWNER, row["person_id"]), row["id"])
        if not told["position"]:
            raise SystemExit(f"who waits has no place: {told}")

    async def coming(self) -> None:
        await queries.coming(owner(1), district=None, topic=None, cursor=None, limit=20)

    async def of_salon(self) -> None:
        await signups.of_salon(SYSTEM, self.salon, signups.Wanted(), cursor=None, limit=50)


def owner(number: int) -> Actor:
    return Actor(ActorKind.OWNER, person(number))


async def grow(like: UUID, first: int, last: int) -> None:
    """Let there be more salons; the same ten people sign up for every one."""
    await db.fetch(_OTHERS, like, first, last)
    await db.execute(_TEN, like)


async def rounds(of: House, *acts: Callable[[], Awaitable[None]]) -> list[tuple[float, float]]:
    """Milliseconds of doing these things in turn, the median of some rounds, and of PostgreSQL's processor."""
    taken: list[list[float]] = [[] for _ in acts]
    used = [0.0 for _ in acts]
    for number in range(ROUNDS + 2):
        for n, act in enumerate(acts):
            spent, began = metered(of, {}), time.perf_counter()
            await act()
            if number > 1:
                taken[n].append(1000 * (time.perf_counter() - began))
                used[n] += 1000 * spent()["postgresql"]
    return [(statistics.median(one), cpu / ROUNDS) for one, cpu in zip(taken, used, strict=True)]


async def measured(of: House, *towns: Town) -> dict[str, list[tuple[float, float]]]:
    names = ("sign_up", "give_back", "place", "coming", "of_salon")
    for table in _TABLES:
        await db.execute(f"VACUUM ANALYZE {table}")
    return {name: await rounds(of, *(getattr(town, name) for town in towns)) for name in names}


async def run(of: House) -> dict[str, list[tuple[float, float]]]:
    """Return of each thing how long it takes in a small city, and in a large one for a small and a large salon."""
    settings = load_settings(**of.settings)
    await migrate(settings.database_url, MODELS)
    async with assemble(settings):
        people = SIGNUPS[-1] + SPARE
        await populate(people + 1, people)
        small = Town(await published(hall(1)), SIGNUPS[-1] + 1)
        await small.fill(SIGNUPS[0])
        await grow(small.salon, 1, SALONS[0])
        village = await measured(of, small)
        await grow(small.salon, SALONS[0] + 1, SALONS[1])
        large = Town(await published(hall(1)), SIGNUPS[-1] + 1)
        await large.fill(SIGNUPS[1])
        city = await measured(of, small, large)
    return {name: village[name] + city[name] for name in village}


def main() -> None:
    with house() as made:
        found = asyncio.run(run(made))
    report(
        "signup_growth",
        value=found["sign_up"][2][0],
        reference=found["sign_up"][1][0],
        unit="ms a set of 30",
        flat=FLAT,
        signups=SIGNUPS,
        salons=SALONS,
        ms={name: [round(one[0], 1) for one in sizes] for name, sizes in found.items()},
        cpu_ms={name: [round(one[1], 1) for one in sizes] for name, sizes in found.items()},
    )


if __name__ == "__main__":
    main()
