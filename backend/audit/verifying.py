"""Recomputes every seal from the entries it covers and tells the first one that does not hold."""

import asyncio
import math
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import dropwhile
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import orjson

from backend.audit import archiving, canonical, sealing
from backend.audit.errors import VerificationRunning
from backend.foundation import db

LOCK: Final = 0x76_65_72_69_66_79
_PAGE: Final = 20
SLACK: Final = timedelta(hours=6)
"""How much older than a seal that left nothing behind a later entry may claim to be: longer than any of our
transactions lasts."""

_SEALS: Final = "SELECT * FROM audit_seals WHERE number > $1 ORDER BY number LIMIT $2"
_ENTRIES: Final = f"SELECT seal_id, {canonical.COLUMNS} FROM audit_entries WHERE seal_id = ANY ($1::uuid[])"
_STRAYS: Final = """
SELECT count(*) FROM audit_entries e
WHERE seal_id IS NOT NULL AND NOT EXISTS (SELECT FROM audit_seals s WHERE s.id = e.seal_id)
"""
_LATE: Final = """
SELECT count(*) FROM audit_entries, (SELECT cluster, horizon FROM audit_seals ORDER BY number DESC LIMIT 1) AS last
WHERE seal_id IS NULL AND xid < last.horizon
  AND last.cluster = (SELECT system_identifier::text FROM pg_control_system())
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found; without a `problem` every entry under a seal is as it was written."""

    seals: int
    entries: int
    broken: int | None = None
    problem: str | None = None

    @property
    def is_sound(self) -> bool:
        return self.problem is None


class Broken(Exception):
    """What does not hold, and the seal at which that was seen."""

    def __init__(self, problem: str, number: int | None = None) -> None:
        self.problem, self.number = problem, number
        super().__init__(problem)


class Chain:
    """Walks the seals from the first, holding what the next one must fit to."""

    def __init__(self) -> None:
        self.number, self.hash, self.entries = 0, canonical.GENESIS, 0
        self._emptied_at: datetime | None = None
        self._horizon: tuple[str, int] = ("", 0)
        self._written: Mapping[int, bytes] = {}
        self._archived: Iterator[tuple[int, bytes]] = iter(())
        self._held: tuple[int, bytes] | None = None

    @classmethod
    def at(cls, place: Mapping[str, Any]) -> "Chain":
        """Return a chain that goes on behind a place that `place` told."""
        made = cls()
        made.number, made.hash, made.entries = place["number"], place["hash"], place["entries"]
        made._horizon, made._emptied_at = (place["cluster"], int(place["horizon"])), place["emptied_at"]
        return made

    @property
    def place(self) -> tuple[int, bytes, int, str, str, datetime | None]:
        """What is needed to go on: number, hash, entries, cluster, horizon, emptied_at."""
        return self.number, self.hash, self.entries, self._horizon[0], str(self._horizon[1]), self._emptied_at

    def read_on(self, written: Mapping[int, bytes], archived: Iterator[tuple[int, bytes]]) -> None:
        """Take what the log outside and the archives hold, from the place on."""
        self._written, self._archived = written, dropwhile(lambda pair: pair[0] <= self.number, archived)
        self._held = next(self._archived, None)

    def add(self, seal: Any, lines: list[bytes]) -> None:
        number = self.number + 1
        lines = [*lines, *self._from_archives(number)]
        if seal["number"] != number:
            raise Broken(f"seal {number} is missing", number)
        if seal["previous"] != self.hash:
            raise Broken(f"seal {number} is not chained to the one before it", number)
        if len(lines) != seal["entries"]:
            raise Broken(f"seal {number} covers {seal['entries']} entries, {len(lines)} are there", number)
        head = canonical.Head(number, seal["cluster"], int(seal["horizon"]), seal["sealed_at"])
        if canonical.seal_hash(self.hash, head, lines) != seal["hash"]:
            raise Broken(f"seal {number} or its entries were altered", number)
        if self._written.get(number, seal["hash"]) != seal["hash"]:
            raise Broken(f"seal {number} is not the one that was logged outside the database", number)
        self._refuse_backdated(number, lines)
        self.number, self.hash, self.entries = number, seal["hash"], self.entries + len(lines)
        self._note_horizon(seal)

    def _refuse_backdated(self, number: int, lines: list[bytes]) -> None:
        if self._emptied_at is None:
            return
        earliest = min(datetime.fromisoformat(orjson.loads(line)[1]) for line in lines)
        if earliest < self._emptied_at - SLACK:
            raise Broken(f"seal {number} covers an entry that claims to be older than the seals before it", number)

    def _note_horizon(self, seal: Any) -> None:
        """A full batch leaves the horizon where it is: what waits behind it may be as old as its own entries."""
        cluster, before = self._horizon
        carried = before if seal["cluster"] == cluster else 0
        self._horizon = (seal["cluster"], int(seal["horizon"]))
        if self._horizon[1] != carried:
            self._emptied_at = seal["sealed_at"]

    def _from_archives(self, number: int) -> Iterator[bytes]:
        while self._held is not None and self._held[0] <= number:
            if self._held[0] < number:
                raise Broken(f"an archive holds an entry of no seal: {self._held[0]}", number)
            yield self._held[1]
            self._held = next(self._archived, None)


async def verify(directory: Path) -> Verdict:
    """Recompute the chain over database and archives, and compare it with the log outside the database."""
    written = sealing.written(directory / sealing.LOG_NAME)
    chain = Chain()
    try:
        chain.read_on(written, archiving.lines_by_seal(await archiving.check_files(directory)))
        await walk(chain)
        await check_the_rest(chain, written)
    except archiving.ArchiveDamaged as error:
        return Verdict(0, 0, None, str(error))
    except Broken as error:
        return Verdict(chain.number, chain.entries, error.number, error.problem)
    return Verdict(chain.number, chain.entries)


async def verify_alone(directory: Path) -> Verdict:
    """Verify unless somebody else does so already, in whichever process; raises VerificationRunning then.

    The transaction only holds the lock: it ends with whatever ends this.
    """
    async with db.transaction():
        if not await db.fetch_value("SELECT pg_try_advisory_xact_lock($1)", LOCK):
            raise VerificationRunning
        return await verify(directory)


async def walk(chain: Chain, until: float = math.inf) -> bool:
    """Go on to the last seal, or until a moment of the monotonic clock; tells whether the last one was reached.

    Hashing is done in a thread: a process that serves others meanwhile must not stand still.
    """
    while seals := await db.fetch(_SEALS, chain.number, _PAGE):
        entries = await db.fetch(_ENTRIES, [seal["id"] for seal in seals])
        await asyncio.to_thread(_add, chain, seals, entries)
        if time.monotonic() >= until:
            return not await db.fetch(_SEALS, chain.number, 1)
    return True


def _add(chain: Chain, seals: list[Any], entries: list[Any]) -> None:
    lines: dict[UUID, list[bytes]] = defaultdict(list)
    for row in entries:
        lines[row["seal_id"]].append(canonical.as_line(row))
    for seal in seals:
        chain.add(seal, lines[seal["id"]])


async def check_the_rest(chain: Chain, written: Mapping[int, bytes]) -> None:
    """Find what no seal covers: seals that only the log knows, entries of no seal or slipped in below the last one."""
    if written and max(written) > chain.number:
        raise Broken(f"seal {chain.number + 1} was logged and is missing", chain.number + 1)
    if strays := await db.fetch_value(_STRAYS):
        raise Broken(f"{strays} entries name a seal that does not exist")
    if late := await db.fetch_value(_LATE):
        raise Broken(f"{late} entries were added later among those sealed before", chain.number)
