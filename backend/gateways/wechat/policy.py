"""What to do about each error code of WeChat's, as data: log-in, token, subscribe message, content checks.

Sources: WeChat's own error tables, and for the codes missing there (40163, 43107, 43108, 45168, 40038) its
community's threads. The delivery, the log-in and the alarms all ask `decide`.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from backend.foundation import clock
from backend.gateways.wechat.errors import WeChatError, WeChatRefused, WeChatUnavailable

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


_SPANS: dict[Wait, tuple[float, float]] = {
    Wait.NONE: (0, 0),
    Wait.MOMENT: (1, 2),
    Wait.OUTAGE: (10, 20),
    Wait.HUMAN: (900, 960),
}


@dataclass(frozen=True, slots=True)
class Policy:
    """One line of the table; `alert` asks for a line in the operators' list without stopping anything."""

    action: Action
    meaning: str
    wait: Wait = Wait.NONE
    alert: bool = False
    without_page: bool = False

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


POLICIES: dict[int, Policy] = {
    # everywhere
    -1: Policy(Action.RETRY, "system busy, nothing was done", Wait.MOMENT),
    40001: Policy(Action.RETRY, "token refused; the client has tried a new one", Wait.MINUTE, alert=True),
    40014: Policy(Action.RETRY, "illegal token; the client has tried a new one", Wait.MINUTE, alert=True),
    42001: Policy(Action.RETRY, "token expired; the client has tried a new one", Wait.MINUTE, alert=True),
    45009: Policy(Action.DEFER, "daily quota used up", Wait.DAY, alert=True),
    45011: Policy(Action.DEFER, "minute quota used up", Wait.MINUTE),
    40013: Policy(Action.PAGE, "wrong appid", Wait.HUMAN, alert=True),
    40125: Policy(Action.PAGE, "wrong AppSecret", Wait.HUMAN, alert=True),
    40164: Policy(Action.PAGE, "our address is not in the IP whitelist: did it change?", Wait.HUMAN, alert=True),
    40243: Policy(Action.PAGE, "AppSecret frozen; thawing takes about 10 minutes", Wait.HUMAN, alert=True),
    41001: Policy(Action.PAGE, "access_token missing", Wait.HUMAN, alert=True),
    41002: Policy(Action.PAGE, "appid missing", Wait.HUMAN, alert=True),
    41004: Policy(Action.PAGE, "secret missing", Wait.HUMAN, alert=True),
    48001: Policy(Action.PAGE, "the account was not granted this API", Wait.HUMAN, alert=True),
    89503: Policy(Action.PAGE, "an administrator must confirm the calling address", Wait.HUMAN, alert=True),
    47001: Policy(Action.DROP, "the request is no JSON: a mistake of ours", alert=True),
    # log-in and phone number
    40029: Policy(Action.DROP, "code invalid or older than 5 minutes: ask for a new one"),
    40163: Policy(Action.DROP, "code already used: ask for a new one"),
    40226: Policy(Action.DROP, "high-risk user, blocked by WeChat: offer the counter", alert=True),
    87009: Policy(Action.DROP, "session_key no longer valid: log in again"),
    # subscribe message
    40003: Policy(Action.DEGRADE, "openid wrong or of another appid: the address is broken", alert=True),
    40037: Policy(Action.STOP_TEMPLATE, "template id wrong or not of this appid", Wait.HUMAN, alert=True),
    40038: Policy(Action.DEFER, "daily limit of this long-term template for this person", Wait.DAY),
    41030: Policy(Action.RETRY, "page not in the live release", alert=True, without_page=True),
    43101: Policy(Action.DEGRADE, "refused, unsubscribed or no credit left: credit is 0"),
    43107: Policy(Action.STOP_TEMPLATE, "the capability or the template is banned", Wait.HUMAN, alert=True),
    43108: Policy(Action.RETRY, "two calls for one openid at once", Wait.MOMENT),
    45103: Policy(Action.DROP, "the interface was withdrawn", alert=True),
    45109: Policy(Action.DROP, "the interface was withdrawn", alert=True),
    45168: Policy(Action.DROP, "sensitive words: a human must read it", alert=True),
    47003: Policy(Action.DROP, "a field's value does not fit the template; errmsg names it", alert=True),
    85107: Policy(Action.DROP, "seen in the community, meaning unknown", alert=True),
    # content
    40129: Policy(Action.DROP, "wrong scene: a mistake of ours", alert=True),
    43104: Policy(Action.DROP, "openid and appid do not match", alert=True),
    61010: Policy(Action.DROP, "the user was not here within 2 hours: hold for a human"),
}  # fmt: skip

UNLISTED = Policy(Action.DROP, "a code nobody has described", alert=True)
UNREACHED = Policy(Action.RETRY, "no request left this machine", Wait.OUTAGE)
UNKNOWN = Policy(Action.SETTLE, "no usable answer came; it may have happened")


def decide(error: WeChatError) -> Policy:
    """Return the line of the table for an error; a failure that may have happened is never retried."""
    if isinstance(error, WeChatRefused):
        return POLICIES.get(error.errcode, UNLISTED)
    return UNREACHED if isinstance(error, WeChatUnavailable) else UNKNOWN
