"""Errors on demand: what should go wrong, for which calls, how often."""

from typing import Annotated, Any

import msgspec

Times = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]
Ratio = Annotated[float, msgspec.Meta(gt=0, le=1)]
Delay = Annotated[int, msgspec.Meta(ge=0, le=600_000)]
Errcode = Annotated[int, msgspec.Meta(ge=-1_000_000, le=100_000_000)]
SmsCode = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z][A-Za-z0-9_.]{0,79}$")]
Status = Annotated[int, msgspec.Meta(ge=400, le=599)]


class FaultRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to do to which calls.

    Without effect: `errcode` (WeChat's JSON with HTTP 200), `sms_code` (the SMS provider's JSON), `http_status` (a
    proxy's HTML page), `abort` (connection reset). With effect: `delay_ms` (done first, answered late;
    `delay_before` makes it done late), `drop` (done, then the connection ends without an answer). `times` bounds how
    often, `ratio` hits that share of the calls, evenly spread. A delay may be combined with any other. For text
    messages `openid` is the number and `template_id` the code.
    """

    path: str = "*"
    errcode: Errcode | None = None
    errmsg: str | None = None
    sms_code: SmsCode | None = None
    http_status: Status | None = None
    delay_ms: Delay = 0
    delay_before: bool = False
    drop: bool = False
    abort: bool = False
    times: Times | None = None
    ratio: Ratio = 1.0
    openid: str | None = None
    template_id: str | None = None

    def __post_init__(self) -> None:
        told = (self.errcode, self.sms_code, self.http_status)
        outcomes = (*(one is not None for one in told), self.drop, self.abort)
        if sum(outcomes) > 1 or not (any(outcomes) or self.delay_ms):
            raise ValueError("give exactly one of errcode, sms_code, http_status, drop, abort; or a delay_ms")


class Fault:
    """A rule in force."""

    def __init__(self, number: int, rule: FaultRule) -> None:
        self.number = number
        self.rule = rule
        self.seen = 0
        self.hits = 0

    def strikes(self, path: str, openid: str, template_id: str) -> bool:
        """Whether this call is struck; counts it."""
        rule = self.rule
        if rule.path not in {"*", path} or not self._concerns(openid, template_id) or self.is_over:
            return False
        self.seen += 1
        if int(self.seen * rule.ratio + 1e-9) == int((self.seen - 1) * rule.ratio + 1e-9):
            return False
        self.hits += 1
        return True

    def _concerns(self, openid: str, template_id: str) -> bool:
        return self.rule.openid in {None, openid} and self.rule.template_id in {None, template_id}

    @property
    def is_over(self) -> bool:
        """All its times are used."""
        return self.rule.times is not None and self.hits >= self.rule.times

    def shown(self) -> dict[str, Any]:
        """For the control API."""
        return {"id": self.number, **msgspec.to_builtins(self.rule), "hits": self.hits, "is_over": self.is_over}


class Faults:
    """Rules in the order given; the first that strikes decides. They are not kept over a restart."""

    def __init__(self) -> None:
        self.all: list[Fault] = []
        self._last = 0

    def add(self, rule: FaultRule) -> Fault:
        """Put a rule in force."""
        self._last += 1
        fault = Fault(self._last, rule)
        self.all.append(fault)
        return fault

    def remove(self, number: int) -> bool:
        """Lift one rule."""
        before = len(self.all)
        self.all = [fault for fault in self.all if fault.number != number]
        return len(self.all) < before

    def clear(self) -> None:
        """Lift all."""
        self.all = []

    def strike(self, path: str, openid: str, template_id: str) -> FaultRule | None:
        """The rule that strikes this call."""
        for fault in self.all:
            if fault.strikes(path, openid, template_id):
                return fault.rule
        return None
