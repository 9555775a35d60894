"""Salon sign-ups, whole path over HTTP, 64 connections: (a) many racers for few seats, (b) everybody gets one.

Signed in, idempotent, audited, to be told. Value: answers a second of (a). Reference: a bare handler with one statement
that takes a seat and writes a row, no auth, audit or outbox. Aims: (a) at least 1.0 of it, (b) at least 1.5, nobody
oversold, the 99th percentile within 100 ms. A round in which a seat is given twice, is left over, or an answer is lost
fails. Told besides: (a) with everybody else on the waiting list, and what processor time an answer costs the door and
PostgreSQL (`cpu_us`), which says more than rates do where others share the machine.
"""

import asyncio
import statistics
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson

from backend.assembly import assemble
from backend.foundation.ids import new_id, token
from backend.foundation.settings import load_settings
from tests.backend.salons.people import hall, published
from tests.benches.owners import Owner, city, owners
from tests.benches.processor import each, metered
from tests.benches.support import CONNECTIONS, IS_SMALL, House, Program, house, program, report

AIM, AIM_OF_ALL, AIM_P99 = 1.0, 1.5, 100
SEATS, RACERS, ALL = (50, 500, 300) if IS_SMALL else (500, 5000, 3000)
ROUNDS: Final = 2 if IS_SMALL else 3
_BARE: Final = "INSERT INTO bare_salons (id, capacity, taken) VALUES ($1, $2, 0)"
_COUNTED: Final = """
SELECT (SELECT sum(taken) FROM salon_quotas WHERE salon_id = $1) AS taken,
    (SELECT count(*) FROM salon_signups WHERE salon_id = $1 AND quota_id IS NOT NULL) AS seated,
    (SELECT count(*) FROM salon_signups WHERE salon_id = $1 AND state = 'waiting') AS waiting,
    (SELECT count(DISTINCT a.row_id) FROM audit_entries a JOIN salon_signups g ON g.id = a.row_id
     WHERE g.salon_id = $1 AND a.action = 'salons.signed_up') AS audited
"""


def request(owner: Owner, salon_id: UUID, *, waits: bool = False) -> str:
    """Return a sign-up as it goes over the wire."""
    body = orjson.dumps({"enterprise_id": str(owner.enterprise), "waits": waits}).decode()
    lines = [
        f"POST /api/owner/v1/salons/{salon_id}/signups HTTP/1.1",
        "Host: bench",
        f"Authorization: Bearer {owner.token}",
        f"Idempotency-Key: {token()[:32]}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*lines, "", body])


async def salon(of: House, seats: int) -> UUID:
    """Publish a salon with so many seats, here and for the reference."""
    async with assemble(load_settings(**of.settings)):
        return await published(hall(seats))


async def bare_salon(of: House, seats: int) -> UUID:
    made = new_id()
    connection = await asyncpg.connect(of.settings["database_url"])
    await connection.execute(_BARE, made, seats)
    await connection.close()
    return made


async def counted(of: House, salon_id: UUID) -> dict[str, int]:
    connection = await asyncpg.connect(of.settings["database_url"])
    row = await connection.fetchrow(_COUNTED, salon_id)
    await connection.close()
    return dict(row or {})


def post(on: Program, requests: Sequence[str]) -> dict[str, Any]:
    asked = {"port": on.port, "requests": list(requests), "connections": CONNECTIONS}
    done = subprocess.run(
        [sys.executable, "-m", "tests.benches.posting"], input=orjson.dumps(asked), capture_output=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"the load tool failed: {done.stderr.decode()[-800:]}")
    told: dict[str, Any] = orjson.loads(done.stdout)
    return told


def watched(of: House, on: Program, requests: Sequence[str]) -> dict[str, Any]:
    """Send the requests and tell besides what an answer cost, in microseconds of the processor."""
    used = metered(of, {"door": on.process.pid})
    told = post(on, requests)
    return {**told, "cpu_us": each(used(), len(requests))}


def raced(of: House, api: Program, people: Sequence[Owner], seats: int, *, waits: bool = False) -> dict[str, Any]:
    """Let all of them sign up at once; ends the bench where anything is wrong."""
    salon_id = asyncio.run(salon(of, seats))
    told = watched(of, api, [request(one, salon_id, waits=waits) for one in people])
    expected, rest = min(seats, len(people)), len(people) - min(seats, len(people))
    seen = {"201": len(people)} if waits else {"201": expected, "409": rest}
    there = asyncio.run(counted(of, salon_id))
    wanted = {"taken": expected, "seated": expected, "waiting": rest if waits else 0}
    wanted["audited"] = expected + wanted["waiting"]
    if told["seen"] != {status: count for status, count in seen.items() if count} or there != wanted:
        raise SystemExit(f"answers {told['seen']}, rows {there} for {seats} seats and {len(people)} people")
    return told


def bare(of: House, on: Program, people: Sequence[Owner], seats: int) -> dict[str, Any]:
    salon_id = asyncio.run(bare_salon(of, seats))
    return watched(of, on, [request(one, salon_id) for one in people])


def rate(rounds: Sequence[dict[str, Any]], people: int) -> float:
    return float(statistics.median(people / one["seconds"] for one in rounds))


def processor(rounds: Sequence[dict[str, Any]]) -> dict[str, float]:
    return {name: statistics.median(one["cpu_us"][name] for one in rounds) for name in ("door", "postgresql")}


def main() -> None:
    with house() as made:
        city(made, 10 * RACERS, 0)
        with program(made, "miniprogram_api") as api, program(made, "tests.benches.reference.signup") as plain:
            people = owners(made, api, RACERS, 10 * RACERS)
            rounds: dict[str, list[dict[str, Any]]] = {name: [] for name in ("race", "bare", "all", "bare_all", "wait")}
            for number in range(ROUNDS + 1):
                seen = {
                    "race": raced(made, api, people, SEATS),
                    "bare": bare(made, plain, people, SEATS),
                    "all": raced(made, api, people[:ALL], ALL),
                    "bare_all": bare(made, plain, people[:ALL], ALL),
                    "wait": raced(made, api, people, SEATS, waits=True),
                }
                for name, told in seen.items() if number else ():
                    rounds[name].append(told)
    of_all = rate(rounds["all"], ALL) / rate(rounds["bare_all"], ALL)
    report(
        "signup",
        value=rate(rounds["race"], RACERS),
        reference=rate(rounds["bare"], RACERS),
        unit="answers/s",
        aim=AIM,
        p99_ms=round(statistics.median(one["p99"] for one in rounds["race"]), 1),
        aim_p99_ms=AIM_P99,
        all_per_s=round(rate(rounds["all"], ALL), 1),
        all_ratio=round(of_all, 3),
        aim_all_ratio=AIM_OF_ALL,
        all_p99_ms=round(statistics.median(one["p99"] for one in rounds["all"]), 1),
        waiting_per_s=round(rate(rounds["wait"], RACERS), 1),
        seats=SEATS,
        racers=RACERS,
        everybody=ALL,
        oversold=0,
        cpu_us={name: processor(told) for name, told in rounds.items()},
    )


if __name__ == "__main__":
    main()
