"""One service message end to end while nothing else goes on: from its command's commit until WeChat has received it.

Value: the 95th percentile in milliseconds over messages told one at a time, at random moments, to a worker process that
was idle. Reference: a bare HTTP call that sends one to the stand-in, made between them.
"""

import asyncio
import os
import random
import statistics
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import httpx

from backend.assembly import assemble
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.migrations import migrate
from backend.foundation.settings import load_settings
from backend.notifications import Message, tell
from backend.tables import MODELS
from tests.benches import crowd
from tests.benches.support import IS_SMALL, House, house, program, report

AIM_MS: Final = 1_000.0
MESSAGES: Final = 60 if IS_SMALL else 200
PAUSE_S: Final = (0.2, 0.6) if IS_SMALL else (0.3, 1.5)
PATIENCE: Final = 10.0
KIND: Final = "binding_result"
FIELDS: Final = {
    "enterprise": "湖州某某食品店",
    "matter": "绑定企业",
    "result": "已通过",
    "at": "2026年11月22日 15:01",
    "note": "点击查看",
}


async def tell_one(person: UUID) -> datetime:
    """Tell a person something, as a command does, and return when that was committed."""
    committed: list[datetime] = []

    async def note() -> None:
        committed.append(clock.now())

    async with db.transaction():
        db.after_commit(note)
        await tell([Message(KIND, person, "latency", FIELDS)])
    return committed[0]


def bare_call(bare: crowd.Bare, http: httpx.Client) -> float:
    began = time.perf_counter()
    bare.send(http)
    return 1000 * (time.perf_counter() - began)


async def spaced_out(of: House, people: Sequence[UUID]) -> tuple[list[datetime], list[float]]:
    """Tell one after the other; returns the moments of their commits and the milliseconds of the bare calls."""
    bare, commits, calls = crowd.Bare(of, KIND), [], []
    bare_call(bare, of.sandbox.http)
    for person in people:
        await asyncio.sleep(random.uniform(*PAUSE_S))
        calls.append(bare_call(bare, of.sandbox.http))
        commits.append(await tell_one(person))
    return commits, calls


async def received(of: House, openids: Sequence[str]) -> list[datetime]:
    """Return when the stand-in took each one's message; ends the bench for one lost or doubled."""
    await crowd.until_calls(of, 2 * len(openids) + 1, PATIENCE)
    items = of.sandbox.control("GET", f"messages?limit={3 * len(openids)}")["items"]
    found = {openid: [one["sent_at"] for one in items if one["openid"] == openid] for openid in openids}
    wrong = {openid: len(moments) for openid, moments in found.items() if len(moments) != 1}
    if wrong:
        raise SystemExit(f"not received once each: {wrong}")
    return [datetime.fromisoformat(found[openid][0]) for openid in openids]


async def measure(of: House) -> None:
    settings = load_settings(**of.settings)
    await migrate(settings.database_url, MODELS)
    async with assemble(settings):
        people = [new_id() for _ in range(MESSAGES)]
        await db.copy_rows("persons", ["id", "created_at"], [(one, clock.now()) for one in people])
        openids = await crowd.reachable(of, people, KIND, 1)
        with program(of, "workers", ready="/metrics"):
            await asyncio.sleep(PAUSE_S[1])
            commits, calls = await spaced_out(of, people)
            arrivals = await received(of, openids)
    waits = [1000 * (there - told).total_seconds() for told, there in zip(commits, arrivals, strict=True)]
    p95, p50 = (statistics.quantiles(waits, n=100)[at] for at in (94, 49))
    more = {"p50_ms": round(p50, 1), "slowest_ms": round(max(waits), 1), "messages": MESSAGES, "aim_ms": AIM_MS}
    more |= {"reference_p50_ms": round(statistics.median(calls), 1), "load": round(os.getloadavg()[0], 1)}
    report("latency", value=p95, reference=statistics.quantiles(calls, n=100)[94], unit="ms p95", **more)


if __name__ == "__main__":
    with house(quiet_from="00:00", quiet_until="00:00") as made:
        asyncio.run(measure(made))
