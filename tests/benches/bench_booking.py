"""Bookings by owners, whole path over HTTP: 200 racers for one slot, then 2,000 over 400 slots, 64 connections.

Signed in, idempotent, audited, the visitor told. Value: answers a second over the 2,000. Reference: a bare handler that
inserts one row in a raw transaction. Aim: at least 0.30, and nobody booked twice; a round in which somebody is, or a
slot stays free that was asked for, fails.
"""

import asyncio
import statistics
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg
import orjson

from backend import worktime
from backend.assembly import assemble
from backend.foundation import clock, db
from backend.foundation.clock import SHANGHAI
from backend.foundation.ids import token
from backend.foundation.settings import load_settings
from tests.benches import visiting
from tests.benches.owners import Owner, city, owners
from tests.benches.support import CONNECTIONS, IS_SMALL, House, Program, house, program, report

AIM: Final = 0.30
VISITORS, DAYS = (5, 4) if IS_SMALL else (5, 20)
HOURS: Final = ((9, 0), (10, 30), (13, 30), (15, 0))
SLOTS: Final = VISITORS * DAYS * len(HOURS)
RACERS, OWNERS = 200, 5 * SLOTS
ROUNDS: Final = 2 if IS_SMALL else 3
_HERE: Final = """
UPDATE enterprises SET district = '330502', district_source = 3, district_on = current_date, town = '330502100',
    town_source = 3, town_on = current_date, region = '330502100', region_source = 3, region_on = current_date,
    status = 'active', status_source = 3, status_on = current_date
WHERE id IN (SELECT enterprise_id FROM bindings)
"""
_EMPTY: Final = "TRUNCATE visits, staff_assignments CASCADE"
_LIVE: Final = "SELECT count(*) FROM staff_time WHERE is_live"
_TWICE: Final = """
SELECT count(*) FROM staff_time a JOIN staff_time b
ON a.staff_id = b.staff_id AND a.id < b.id AND a.is_live AND b.is_live AND a.during && b.during
"""


async def times(of: House) -> list[str]:
    """Make the visitors; returns the beginnings that can be booked."""
    settings = load_settings(**of.settings)
    async with assemble(settings):
        await visiting.staff(VISITORS)
        await db.execute(_HERE)
        calendar, day, found = await worktime.current(), clock.today() + timedelta(days=3), []
        while len(found) < DAYS * len(HOURS):
            if calendar.is_workday(day) and day.isoweekday() <= 5:
                found += [datetime(day.year, day.month, day.day, *at, tzinfo=SHANGHAI).isoformat() for at in HOURS]
            day += timedelta(days=1)
    return found


def booking(owner: Owner, starts_at: str) -> str:
    """Return a booking as it goes over the wire."""
    told = {
        "enterprise_id": str(owner.enterprise),
        "reason": "policy_talk",
        "place": "on_site",
        "starts_at": starts_at,
        "note": "想了解补贴",
    }
    body = orjson.dumps(told).decode()
    lines = [
        "POST /api/owner/v1/visits HTTP/1.1",
        "Host: bench",
        f"Authorization: Bearer {owner.token}",
        f"Idempotency-Key: {token()[:32]}",
        "Content-Type: application/json",
        f"Content-Length: {len(body.encode())}",
    ]
    return "\r\n".join([*lines, "", body])


def post(on: Program, requests: Sequence[str], connections: int = CONNECTIONS) -> dict[str, Any]:
    asked = {"port": on.port, "requests": list(requests), "connections": connections}
    done = subprocess.run(
        [sys.executable, "-m", "tests.benches.posting"], input=orjson.dumps(asked), capture_output=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"the load tool failed: {done.stderr.decode()[-800:]}")
    told: dict[str, Any] = orjson.loads(done.stdout)
    return told


async def ask(of: House, sql: str) -> Any:
    connection = await asyncpg.connect(of.settings["database_url"])
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def check(of: House, told: dict[str, Any], expected: int) -> None:
    """End the bench where a slot was given away twice, or wasn't though somebody wanted it, or an answer was wrong."""
    booked, live, twice = told["seen"].get("201", 0), asyncio.run(ask(of, _LIVE)), asyncio.run(ask(of, _TWICE))
    strange = set(told["seen"]) - {"201", "409"}
    if strange or twice or booked != live or live != expected:
        raise SystemExit(f"answers {told['seen']}, {live} live rows for {expected} slots, {twice} given away twice")


def main() -> None:
    with house() as made:
        city(made, 10 * OWNERS, 0)
        with program(made, "miniprogram_api") as api, program(made, "tests.benches.reference.booking") as bare:
            people = owners(made, api, OWNERS, 10 * OWNERS)
            offered = asyncio.run(times(made))
            subject, reference, race = [], [], []
            for number in range(ROUNDS + 1):
                asyncio.run(ask(made, _EMPTY))
                alone = [booking(one, offered[number]) for one in people[:RACERS]]
                raced = post(api, alone, connections=min(RACERS, len(alone)))
                check(made, raced, VISITORS)
                asyncio.run(ask(made, _EMPTY))
                spread = [booking(one, offered[at % len(offered)]) for at, one in enumerate(people)]
                told = post(api, spread)
                check(made, told, SLOTS)
                plain = post(bare, [booking(one, offered[0]) for one in people])
                if number:
                    race.append(raced)
                    subject.append(told)
                    reference.append(plain)
    value = statistics.median(OWNERS / one["seconds"] for one in subject)
    report(
        "booking",
        value=value,
        reference=statistics.median(OWNERS / one["seconds"] for one in reference),
        unit="answers/s",
        aim=AIM,
        p99_ms=round(statistics.median(one["p99"] for one in subject), 1),
        race_per_s=round(statistics.median(RACERS / one["seconds"] for one in race), 1),
        racers=RACERS,
        owners=OWNERS,
        slots=SLOTS,
        double=0,
    )


if __name__ == "__main__":
    main()
