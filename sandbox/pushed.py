"""Events on their way to the callback URL, and what became of them."""

from collections import deque
from typing import Any, Literal

import msgspec

from sandbox import clock
from sandbox.tokens import AccountKind

_REMEMBERED = 500


class Push(msgspec.Struct, frozen=True, gc=False):
    """One event, not pushed before `at`; `body` holds `items` (the events with a List) or the event's own fields."""

    number: int
    account: AccountKind | Literal["sms"]
    openid: str
    event: str
    at: int
    body: dict[str, Any]


class Outcome(msgspec.Struct, frozen=True):
    """How the delivery of one event ended: delivered, given_up (after three tries) or nowhere (no URL is set)."""

    push: Push
    outcome: str
    tries: int
    answer: str

    def shown(self) -> dict[str, Any]:
        """For the control API."""
        return {
            "id": str(self.push.number),
            "event": self.push.event,
            "openid": self.push.openid,
            "at": clock.text(self.push.at),
            "body": self.push.body,
            "outcome": self.outcome,
            "tries": self.tries,
            "answer": self.answer,
        }


class Pushes:
    """What still has to be pushed (kept over a restart) and the last outcomes."""

    def __init__(self) -> None:
        self.pending: dict[int, Push] = {}
        self.recent: deque[Outcome] = deque(maxlen=_REMEMBERED)
        self.counts = {"delivered": 0, "given_up": 0, "nowhere": 0}

    def add(self, push: Push) -> None:
        """To be pushed."""
        self.pending[push.number] = push

    def settle(self, number: int, outcome: str) -> None:
        """No longer to be pushed."""
        if self.pending.pop(number, None) is not None:
            self.counts[outcome] += 1

    def remember(self, outcome: Outcome) -> None:
        """For the control API and the page."""
        self.recent.append(outcome)
