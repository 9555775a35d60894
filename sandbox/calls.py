"""The calls that were made: counted by path and day, the last ones and every refusal's rid kept for a look."""

import secrets
from collections import Counter, OrderedDict, deque
from typing import Any

import msgspec

from sandbox import clock

_RECENT = 500
_RIDS = 10_000
RID_LIFE = 7 * clock.DAY


class NotedCall(msgspec.Struct, frozen=True, gc=False):
    """One call and how it ended; errcode 0 is success."""

    at: int
    path: str
    openid: str
    errcode: int
    outcome: str = ""

    def shown(self) -> dict[str, Any]:
        """For the control API."""
        return {**msgspec.to_builtins(self), "at": clock.text(self.at)}


class Refusal(msgspec.Struct, frozen=True):
    """What /cgi-bin/openapi/rid/get tells about a refused call."""

    at: int
    path: str
    body: str
    answer: str


class Calls:
    """Counters and short memories; none of it is kept over a restart."""

    def __init__(self) -> None:
        self.recent: deque[NotedCall] = deque(maxlen=_RECENT)
        self.total: Counter[str] = Counter()
        self.outcomes: dict[str, Counter[str]] = {}
        self._today: Counter[str] = Counter()
        self._day = 0
        self._refusals: OrderedDict[str, Refusal] = OrderedDict()

    def note(self, at: int, path: str, openid: str, errcode: int, outcome: str = "") -> None:
        """Count one call that reached its handler."""
        self._turn_to(clock.day(at))
        self.total[path] += 1
        self._today[path] += 1
        if errcode or outcome:
            self._count(path, outcome or str(errcode))
        self.recent.append(NotedCall(at, path, openid, errcode, outcome))

    def used_on(self, path: str, day: int) -> int:
        """Calls of a path on the current Shanghai day."""
        self._turn_to(day)
        return self._today[path]

    def _turn_to(self, day: int) -> None:
        if day != self._day:
            self._day = day
            self._today.clear()

    def note_disturbance(self, at: int, path: str, openid: str, outcome: str) -> None:
        """Count what a fault did to the transport: `http 502`, `abort`, `drop`."""
        self._count(path, outcome)
        self.recent.append(NotedCall(at, path, openid, 0, outcome))

    def _count(self, path: str, outcome: str) -> None:
        self.outcomes.setdefault(path, Counter())[outcome] += 1

    def new_rid(self, at: int) -> str:
        """Shaped like WeChat's: three groups of eight hexadecimal digits."""
        return f"{at // 1000:08x}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"

    def keep_refusal(self, rid: str, refusal: Refusal) -> None:
        """Remember it for rid/get; the oldest go first."""
        self._refusals[rid] = refusal
        if len(self._refusals) > _RIDS:
            self._refusals.popitem(last=False)

    def find_refusal(self, rid: str) -> Refusal | None:
        """The refused call behind a rid."""
        return self._refusals.get(rid)
