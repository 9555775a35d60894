"""A policy broadcast to 100,000 people through one worker process to the stand-in, over HTTP; credits, caps, inbox on.

Reference: what the stand-in takes from a raw load tool in the same run (median of rounds between the subject's); below
8,000/s the bench fails by itself.

The list is told (inbox and deliveries written) before the workers start for `value` (one worker, from the moment it may
claim until the last is settled), `with_events` (WeChat's sent events are pushed to an API process meanwhile; until
the last is stored and settled) and `two_workers`. `whole` is another figure: from the release until the last message is
settled, the one worker telling the frozen list too, by the origin's own rules, while it sends.
"""

import asyncio
import os
import statistics
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import httpx

from backend import outbox
from backend.access import Actor, ActorKind, Grant, Role
from backend.assembly import BROADCAST_ORIGINS, OUTBOX_HANDLERS, assemble
from backend.foundation import clock, db
from backend.foundation.migrations import migrate
from backend.foundation.settings import load_settings
from backend.notifications import broadcasts
from backend.notifications import credits as ledger
from backend.tables import MODELS
from tests.benches import crowd, processor
from tests.benches.population import leaf, person, populate, publish, with_rule
from tests.benches.support import IS_SMALL, House, house, program, report

AIM, AIM_WITH_EVENTS, AIM_TWO = 0.35, 0.15, 1.5
PEOPLE: Final = 6_000 if IS_SMALL else 100_000
ROUND_S: Final = 1.5 if IS_SMALL else 4.0
PATIENCE: Final = 60.0 if IS_SMALL else 600.0
KIND: Final = "policy_matched"
TEMPLATE: Final = "policy_pushed"
PREPARER: Final = Actor(ActorKind.STAFF, UUID(int=1), "准备人", (Grant(Role.PUBLISHER),))
RELEASER: Final = Actor(ActorKind.STAFF, UUID(int=6), "放行人", (Grant(Role.MANAGER),))
RULE: Final = {"all": [leaf("region", "prefix", "3305")]}

_UNSETTLED: Final = """
SELECT EXISTS (SELECT FROM broadcast_recipients
               WHERE broadcast_id = $1 AND told_at IS NULL AND left_out IS NULL)
    OR EXISTS (SELECT FROM deliveries WHERE broadcast_id = $1 AND settled_at IS NULL)
"""
_UNHANDLED: Final = "SELECT EXISTS (SELECT FROM callback_events WHERE handled_at IS NULL)"
_OUTCOME: Final = """
SELECT count(*) FILTER (WHERE state = 'sent') AS sent, count(*) FILTER (WHERE confirmed_at IS NOT NULL) AS confirmed,
       count(DISTINCT person_id) AS people, count(*) AS deliveries,
       (SELECT count(*) FROM inbox WHERE subject = $2) AS inbox
FROM deliveries WHERE broadcast_id = $1
"""


@dataclass(frozen=True, slots=True)
class Phase:
    """One broadcast: by how many workers, with sent events or without, told before they start or by them."""

    name: str
    workers: int = 1
    with_events: bool = False
    is_told: bool = True


PHASES: Final = (
    Phase("one_worker"),
    Phase("with_events", with_events=True),
    Phase("two_workers", workers=2),
    Phase("whole", is_told=False),
)


@dataclass(frozen=True, slots=True)
class Frozen:
    """A broadcast that waits for its release."""

    id: UUID
    version: UUID
    digest: str
    recipients: int


async def city(of: House) -> None:
    """Fill the city: a person for each enterprise, all of whom one rule fits and messages reach."""
    await populate(PEOPLE, PEOPLE)
    await db.execute(
        "UPDATE enterprises SET region = '330502', region_source = 3, region_on = current_date WHERE region IS NULL"
    )
    people = [person(number) for number in range(1, PEOPLE + 1)]
    await crowd.reachable(of, people, KIND, len(PHASES))


async def frozen(title: str) -> Frozen:
    """Publish a policy that fits everybody and freeze its broadcast."""
    [policy] = await publish([with_rule(RULE, title)])
    made = await broadcasts.create(BROADCAST_ORIGINS, "policies", policy, broadcasts.NOW, actor=PREPARER)
    await broadcasts.freeze(made, BROADCAST_ORIGINS, actor=PREPARER)
    row = await db.fetch_one("SELECT id, origin_id, digest, recipients FROM broadcasts WHERE id = $1", made)
    assert row is not None
    assert row["recipients"] == PEOPLE, f"the rule fits {row['recipients']} of {PEOPLE} people"
    return Frozen(*row)


@dataclass(frozen=True, slots=True)
class Went:
    """How a phase went: messages a second, and microseconds of processor for each message, by program."""

    rate: float
    cpu_us: Mapping[str, int]


async def run_phase(of: House, bare: crowd.Bare, phase: Phase) -> Went:
    """Send one broadcast and tell how it went; raises AssertionError for one lost or doubled."""
    one = await frozen(f"演示政策 {phase.name}")
    mark, before = bare.send(of.sandbox.http), crowd.calls(of)
    if phase.is_told:
        await broadcasts.release(one.id, one.digest, actor=RELEASER)
        while not (await outbox.drain(OUTBOX_HANDLERS, seconds=PATIENCE)).is_empty:
            continue
    async with AsyncExitStack() as held:
        if phase.is_told:
            await held.enter_async_context(_nobody_claims())
        with _processes(of, phase) as pids:
            began, used = clock.now(), processor.metered(of, pids)
            await (held.aclose() if phase.is_told else broadcasts.release(one.id, one.digest, actor=RELEASER))
            await crowd.until_calls(of, before + PEOPLE, PATIENCE)
            ended, cpu_us = await _settled(of, one, phase), processor.each(used(), PEOPLE)
    await _check(of, one, phase, mark)
    return Went(PEOPLE / (ended - began).total_seconds(), cpu_us)


@asynccontextmanager
async def _nobody_claims() -> AsyncIterator[None]:
    """Let all workers be up before the first of them sends: what has been told can't be claimed meanwhile."""
    async with db.transaction():
        await db.execute("LOCK TABLE delivery_claims IN EXCLUSIVE MODE")
        yield


@contextmanager
def _processes(of: House, phase: Phase) -> Iterator[dict[str, int]]:
    """Run the phase's programs, told by their process ids; with events the stand-in pushes them to an API process."""
    pids = {}
    with ExitStack() as running:
        if phase.with_events:
            api = running.enter_context(program(of, "miniprogram_api"))
            pids["api"] = api.process.pid
            url = f"{api.url}/wechat/events/miniprogram"
            of.sandbox.control("PATCH", "settings", sent_events=True, callback_url=url)
        for number in range(phase.workers):
            worker = running.enter_context(program(of, "workers", ready="/metrics"))
            pids[f"worker_{number + 1}"] = worker.process.pid
        yield pids
    of.sandbox.control("PATCH", "settings", sent_events=False)


async def _settled(of: House, one: Frozen, phase: Phase) -> datetime:
    """Wait until nothing is left to do, and return when that was."""
    async with asyncio.timeout(PATIENCE):
        while (phase.with_events and await _unhandled(of)) or await db.fetch_value(_UNSETTLED, one.id):
            await asyncio.sleep(0.05)
    return clock.now()


async def _unhandled(of: House) -> bool:
    """Tell whether the stand-in still has events to push, or we some to work off."""
    return bool(of.sandbox.control("GET", "pushes")["pending"] or await db.fetch_value(_UNHANDLED))


def _received(of: House, mark: int) -> dict[str, Any]:
    """Return what the stand-in says of the phase's messages; counting them all takes it a while."""
    answer = httpx.get(f"{of.sandbox.url}/control/ledger/summary?after={mark}&limit=1", timeout=PATIENCE)
    return dict(answer.raise_for_status().json())


async def _check(of: House, one: Frozen, phase: Phase, mark: int) -> None:
    """Everybody got one message and has one inbox entry, and every credit is accounted for."""
    row = await db.fetch_one(_OUTCOME, one.id, one.version)
    received = _received(of, mark)
    assert row is not None
    assert (row["sent"], row["people"], row["deliveries"], row["inbox"]) == (PEOPLE,) * 4, dict(row)
    assert (received["accepted"], received["openids"], received["duplicate_groups"]) == (PEOPLE, PEOPLE, 0), received
    assert row["confirmed"] == (PEOPLE if phase.with_events else 0), dict(row)
    assert await ledger.drift() == []


async def measure(of: House) -> tuple[dict[str, Went], float]:
    """Return how each phase went, and the stand-in's messages a second, measured before, between and after them."""
    settings = load_settings(**of.settings)
    await migrate(settings.database_url, MODELS)
    async with assemble(settings):
        await city(of)
        of.sandbox.control("PATCH", "settings", sent_events=False)
        bare = crowd.Bare(of, TEMPLATE)
        bare.ceiling(ROUND_S / 2)
        rounds = [bare.ceiling(ROUND_S).rate]
        crowd.check_ceiling(rounds[0])
        went = {}
        for phase in PHASES:
            went[phase.name] = await run_phase(of, bare, phase)
            rounds.append(bare.ceiling(ROUND_S).rate)
    return went, statistics.median(rounds)


def tell(went: Mapping[str, Went], ceiling: float) -> None:
    """Print the line, and end the bench with an error when the stand-in was too slow all along."""
    rates = {name: one.rate for name, one in went.items()}
    one = rates["one_worker"]
    told: dict[str, Any] = {"messages": PEOPLE, "aim": AIM, "starts_at": "told before", "ends_at": "all settled"}
    for name in ("with_events", "whole"):
        told |= {name: round(rates[name], 1), f"{name}_ratio": round(rates[name] / ceiling, 3)}
    told |= {"aim_with_events": AIM_WITH_EVENTS, "two_workers": round(rates["two_workers"], 1)}
    told |= {"two_workers_to_one": round(rates["two_workers"] / one, 2), "aim_two_workers": AIM_TWO}
    told["cpu_us"] = {name: one.cpu_us for name, one in went.items()}
    told |= {"cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}
    report("broadcast", value=one, reference=ceiling, unit="messages/s", **told)
    crowd.check_ceiling(ceiling)


if __name__ == "__main__":
    with house(quiet_from="00:00", quiet_until="00:00", broadcasts_per_day=str(len(PHASES))) as made:
        tell(*asyncio.run(measure(made)))
