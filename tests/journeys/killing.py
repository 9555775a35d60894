"""The story of the kills: a broadcast goes out while everything that sends it is killed, again and again.

A broadcast is released and service messages are told beside it; owners tap on their phones meanwhile. Workers and the
API are killed at once, Valkey is emptied, PostgreSQL crashes. Then all is left alone until every row has come to its
end. What is killed when, who taps, and how late WeChat's events come is drawn from one seed; machines being what they
are, the same seed gives the same kills and not the same moments.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import asyncpg

from tests.journeys.broadcasting import KEYS
from tests.support.killable import API, PATIENCE, WORKERS, Killable

PROGRAM: Final = "tests.journeys.broadcasting"
IN_FLIGHT: Final = 8
"""Calls at once a worker: few, so that what may be unknown is a strict bound."""
_LATENCIES: Final = (20, 60, 250, 1_000)
"""Milliseconds of a call to WeChat: slow enough that kills fall into calls, and that the sending outlasts the kills."""
SOON: Final = (0, 0, 1_000)
LATE: Final = (*SOON, 25_000)
"""Milliseconds after which WeChat tells of a message: before our answer is written down, or after the sweep."""
_AGAIN: Final = 3_000
"""Milliseconds between WeChat's three tries of a push: an API that was killed is mostly back by the last one."""
_TAPS: Final = 2
_LONGEST_WAIT: Final = 4.0
_LONG_OUTAGE: Final = 16.0
"""Seconds: longer than a worker keeps an answer for a database that is away."""
SETTLE_WITHIN: Final = 300.0

_NOT_ENDED: Final = "pending", "claimed", "sending", "deferred"
_STATES: Final = "SELECT state, count(*) AS n FROM deliveries GROUP BY state"
_UNKNOWN: Final = "SELECT id FROM deliveries WHERE state = 'unknown'"
_UNHANDLED: Final = "SELECT count(*) FROM callback_events WHERE handled_at IS NULL"
_BROADCAST: Final = "SELECT state FROM broadcasts"
_OPENIDS: Final = "SELECT openid FROM addresses ORDER BY openid"
# What WeChat has not told within ten minutes it tells no more: the ten minutes go by for the rows, not for us.
_LET_TIME_PASS: Final = """
UPDATE deliveries SET sending_at = sending_at - interval '10 minutes' WHERE state = 'unknown' RETURNING id
"""


@dataclass(frozen=True)
class Plan:
    """How large the story is; `seed` draws all of it."""

    people: int
    messages: int
    kills: int
    seed: int
    delays: tuple[int, ...] = SOON
    long_outages: int = 0

    @classmethod
    def drawn(cls, people: int, messages: int, kills: int, **more: Any) -> "Plan":
        """Draw a seed; WUWEI_TEST_SEED gives that of a run before."""
        seed = int(os.environ.get("WUWEI_TEST_SEED") or random.SystemRandom().randrange(10**9))
        return cls(people, messages, kills, seed, **more)

    @property
    def all(self) -> int:
        return self.people + self.messages


@dataclass
class Told:
    """What the story saw; the verdict goes by it."""

    kills: Counter[str] = field(default_factory=Counter)
    taps: Counter[tuple[str, str]] = field(default_factory=Counter)
    unknown: set[Any] = field(default_factory=set)
    states: Counter[str] = field(default_factory=Counter)
    waited: Counter[str] = field(default_factory=Counter)
    """For what, at the end, how many looks in vain."""
    seconds: float = 0.0
    settling: float = 0.0


def schedule(plan: Plan, chance: random.Random) -> list[str]:
    """Return what is killed, in order: half of the kills are workers', and nothing is left out."""
    kinds = [*WORKERS, API, "valkey", "postgres"]
    drawn = chance.choices(kinds, (5, 5, 4, 3, 3), k=max(0, plan.kills - len(kinds)))
    order = [*kinds, *drawn][: plan.kills]
    chance.shuffle(order)
    return order


class Story:
    """One run of it on a service that is `prepared`."""

    def __init__(self, service: Killable, plan: Plan) -> None:
        self.service, self.plan, self.told = service, plan, Told()
        self._chance = random.Random(plan.seed)
        self._latency = self._delay = -1
        self._openids: list[str] = []

    async def run(self) -> Told:
        """Play the story to its end; raises AssertionError, naming the seed, when it does not come to one."""
        began = time.monotonic()
        await self._prepare()
        self.service.begin()
        self.service.run(PROGRAM, "release")
        numbers = map(str, (self.plan.people, self.plan.messages, self.plan.seed))
        telling = self.service.start(PROGRAM, "tell", *numbers)
        try:
            await self._kill_all()
            all_back = time.monotonic()
            self._turn(latency=_LATENCIES[0], delay=0)
            self._until(lambda: telling.poll() is not None, "the end of the service messages")
            assert telling.returncode == 0, self._said("the service messages failed")
        finally:
            telling.kill()
            telling.wait()
        await self._settle()
        self.told.settling = time.monotonic() - all_back
        self.told.seconds = time.monotonic() - began
        return self.told

    async def _prepare(self) -> None:
        self._until(self.service.answers, "the stand-in")
        self.service.run(PROGRAM, "prepare", self.service.sandbox_url, str(self.plan.people))
        self._openids = [row["openid"] for row in await self.service.ask(_OPENIDS)]
        self._chance.shuffle(self._openids)
        self.service.control("PATCH", "settings", push_retry_wait_ms=_AGAIN)
        self._turn(latency=_LATENCIES[1], delay=0)

    async def _kill_all(self) -> None:
        order = schedule(self.plan, self._chance)
        outages = self._long_outages(order)
        for number, name in enumerate(order):
            self._wait_for(number)
            assert self._received() < self.plan.all, self._said(f"kill {number} came too late to be in the middle")
            self._strike(name, long=number in outages)
            self.told.kills[name.partition("-")[0]] += 1
            await self._look_at_unknown()

    def _long_outages(self, order: list[str]) -> set[int]:
        crashes = [number for number, name in enumerate(order) if name == "postgres"]
        return set(self._chance.sample(crashes, min(self.plan.long_outages, len(crashes))))

    def _wait_for(self, number: int) -> None:
        """Pause, then let the sending catch up with the kills; a kill also comes while nothing goes on."""
        time.sleep(self._chance.uniform(0.05, 1.5))
        self._tap()
        lead = self._received() / self.plan.all - number / self.plan.kills
        place = sum(lead > limit for limit in (-0.02, 0.04, 0.12))
        self._turn(latency=_LATENCIES[place], delay=self._chance.choice(self.plan.delays))
        end = time.monotonic() + _LONGEST_WAIT
        while self._received() / self.plan.all < 0.9 * number / self.plan.kills and time.monotonic() < end:
            self.service.tend()
            time.sleep(0.1)
        self.service.tend()

    def _strike(self, name: str, *, long: bool) -> None:
        away = _LONG_OUTAGE if long else self._chance.uniform(0.0, 1.5)
        if name == "valkey":
            self.service.empty_valkey(away)
        elif name == "postgres":
            self.service.crash_postgres(away)
        else:
            self.service.kill(name)

    def _tap(self) -> None:
        """Let owners allow one more message each; WeChat's popup event tells us.

        Everybody in turn: two events of one person and second that say the same are one, to WeChat's rules and to ours.
        """
        for _ in range(_TAPS):
            openid, key = self._openids.pop(0), self._chance.choice(KEYS)
            self._openids.append(openid)
            self.service.control("POST", f"owners/{openid}/subscribe", template_ids=[key])
            self.told.taps[openid, key] += 1

    def _turn(self, *, latency: int, delay: int) -> None:
        if (latency, delay) != (self._latency, self._delay):
            self.service.control("PATCH", "settings", latency_ms=latency, sent_delay_ms=delay)
            self._latency, self._delay = latency, delay

    def _received(self) -> int:
        return int(self.service.control("GET", "messages?limit=1")["total"])

    async def _look_at_unknown(self) -> None:
        try:
            self.told.unknown |= {row["id"] for row in await self.service.ask(_UNKNOWN)}
        except (OSError, asyncpg.PostgresError):
            return  # it is starting: the next look finds them

    async def _settle(self) -> None:
        """Leave everything alone until nothing is under way; then what is unknown becomes so for good."""
        end = time.monotonic() + SETTLE_WITHIN
        while not await self._is_over():
            assert time.monotonic() < end, self._said(f"it did not end: {self.told.states}, {self.told.waited}")
            self.service.tend()
            time.sleep(0.3)

    async def _is_over(self) -> bool:
        await self._look_at_unknown()
        self.told.states = Counter({row["state"]: row["n"] for row in await self.service.ask(_STATES)})
        left = await self._left()
        if self.told.states["unknown"] and left <= {"unknown", "deferred"}:  # who waits for what is unknown is deferred
            await self.service.ask(_LET_TIME_PASS)
        self.told.waited.update(left)
        return not left

    async def _left(self) -> set[str]:
        """Return what there is to wait for."""
        found = {one for one in (*_NOT_ENDED, "unknown") if self.told.states[one]}
        if self.service.control("GET", "pushes")["pending"]:
            found.add("pushes")
        if (await self.service.ask(_UNHANDLED))[0][0]:
            found.add("events")
        if not found and (await self.service.ask(_BROADCAST))[0]["state"] in {"released", "sending"}:
            found.add("broadcast")
        return found

    def _until(self, read: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + PATIENCE
        while not read():
            assert time.monotonic() < end, self._said(f"{what} never came")
            self.service.tend()
            time.sleep(0.05)

    def _said(self, what: str) -> str:
        return f"{what} (WUWEI_TEST_SEED={self.plan.seed}, {dict(self.told.kills)}): {self.service.said()}"
