"""What to do about each error code of WeChat's: `codes.toml`, loaded and checked once, and what no code stands for.

The delivery, the log-in and the alerts all ask `decide`.
"""

import random
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from importlib.resources import files
from typing import Any, Final

from backend.foundation import clock
from backend.gateways.wechat.errors import WeChatError, WeChatNoToken, WeChatRefused, WeChatUnavailable

_RANDOM = random.SystemRandom()


class Action(StrEnum):
    """What becomes of the thing that was tried."""

    RETRY = "retry"  # the same call again, soon
    DEFER = "defer"  # the same call again, when the quota is fresh
    DROP = "drop"  # this call never succeeds as it is
    DEGRADE = "degrade"  # this channel is closed for this person: take the next one
    STOP_TEMPLATE = "stop_template"  # no one gets this template until a human has looked
    PAGE = "page"  # nothing works until an operator acts
    SETTLE = "settle"  # it may have happened: wait for the event, never send again


class Wait(StrEnum):
    """Until when a retried or deferred call waits."""

    NONE = "none"
    MOMENT = "moment"  # 1-2 s
    OUTAGE = "outage"  # 10-20 s: the line or WeChat is away, or our breaker is open
    MINUTE = "minute"  # the next full minute, when per-minute quotas are fresh
    HUMAN = "human"  # 15 minutes: an operator has to do something first
    DAY = "day"  # 00:00 in China, when daily quotas are fresh


class Rest(StrEnum):
    """Whether a failure says something about the channel as a whole, and how soon the channel rests for it."""

    NONE = "none"
    COUNTED = "counted"  # after several in a row
    AT_ONCE = "at_once"  # until the wait is over


_SPANS: dict[Wait, tuple[float, float]] = {
    Wait.NONE: (0, 0),
    Wait.MOMENT: (1, 2),
    Wait.OUTAGE: (10, 20),
    Wait.HUMAN: (900, 960),
}


@dataclass(frozen=True, slots=True)
class Policy:
    """One line of the table; `alert` names the kind of alert to open, without stopping anything by itself.

    `meaning` stands in logs and in the delivery's row, `words` is what staff read in its place.
    """

    action: Action
    meaning: str
    words: str
    wait: Wait = Wait.NONE
    rest: Rest = Rest.NONE
    alert: str | None = None
    without_page: bool = False
    source: str = ""

    @property
    def concerns_all(self) -> bool:
        """Whether every other message of the channel would be answered the same at this moment."""
        return self.rest is not Rest.NONE and self.action is not Action.SETTLE

    def due(self, now: datetime) -> datetime:
        """Return the moment of the next try, with jitter so that a crowd does not come back at once."""
        if self.wait is Wait.MINUTE:
            start = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
            return start + timedelta(seconds=_RANDOM.uniform(0, 5))
        if self.wait is Wait.DAY:
            tomorrow = now.astimezone(clock.SHANGHAI).date() + timedelta(days=1)
            return clock.day_start(tomorrow) + timedelta(seconds=_RANDOM.uniform(0, 60))
        earliest, latest = _SPANS[self.wait]
        return now + timedelta(seconds=_RANDOM.uniform(earliest, latest))


class WrongTable(ValueError):
    """The table of codes says something that can't be; the message names the code."""


_WAITING: Final = frozenset({Action.RETRY, Action.DEFER, Action.STOP_TEMPLATE, Action.PAGE})
_WORDS: Final[Mapping[str, Callable[[Any], Any]]] = {"action": Action, "wait": Wait, "rest": Rest}
_LOUD: Final = frozenset({Action.STOP_TEMPLATE, Action.PAGE})


def read(text: str) -> dict[int, Policy]:
    """Return the table of a TOML text; raises WrongTable for a code told twice or a line that can't be followed."""
    told = tomllib.loads(text)
    sources: Mapping[str, str] = told.pop("sources")
    found: dict[int, Policy] = {}
    for section in told.values():
        for code, line in section.items():
            policy = _line(code, line)
            if policy.source not in sources:
                raise WrongTable(f"{code}: no such source: {policy.source}")
            if found.setdefault(int(code), policy) is not policy:
                raise WrongTable(f"{code} is told twice")
    return found


def _line(code: str, line: Mapping[str, Any]) -> Policy:
    try:
        policy = Policy(**{name: _WORDS[name](value) if name in _WORDS else value for name, value in line.items()})
    except (TypeError, ValueError) as error:
        raise WrongTable(f"{code}: {error}") from None
    waits = policy.wait is not Wait.NONE or policy.without_page
    if waits is not (policy.action in _WAITING):
        raise WrongTable(f"{code}: {policy.action} and wait {policy.wait} don't go together")
    if policy.action in _LOUD and policy.alert is None:
        raise WrongTable(f"{code}: nobody would hear of it")
    if policy.action is Action.PAGE and policy.rest is Rest.NONE:
        raise WrongTable(f"{code}: what only an operator can mend concerns every call")
    return policy


POLICIES: Final[Mapping[int, Policy]] = read(
    files("backend.gateways.wechat").joinpath("codes.toml").read_text(encoding="utf-8")
)

UNLISTED = Policy(Action.DROP, "a code nobody has described", "对方给出未登记的错误代码", alert="message_refused")
UNREACHED = Policy(
    Action.RETRY, "no request left this machine", "连不上微信或短信服务商，稍后重试", Wait.OUTAGE, Rest.COUNTED
)
NO_TOKEN = Policy(
    Action.RETRY,
    "WeChat gives no token that works",
    "微信未给出可用的接口凭证",
    Wait.OUTAGE,
    Rest.COUNTED,
    alert="wechat_token",
)
UNKNOWN = Policy(
    Action.SETTLE, "no usable answer came; it may have happened", "没有收到明确答复，可能已送达", rest=Rest.COUNTED
)
ANSWERS: Final = (*POLICIES.values(), UNLISTED, UNREACHED, NO_TOKEN, UNKNOWN)
"""Every policy that `decide` may return."""


def decide(error: WeChatError) -> Policy:
    """Return the line of the table for an error; a failure that may have happened is never retried."""
    if isinstance(error, WeChatRefused):
        return POLICIES.get(error.errcode, UNLISTED)
    if isinstance(error, WeChatNoToken):
        known = decide(error.cause) if isinstance(error.cause, WeChatRefused) else NO_TOKEN
        return known if known.concerns_all else NO_TOKEN
    return UNREACHED if isinstance(error, WeChatUnavailable) else UNKNOWN
