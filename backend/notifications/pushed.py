"""How the push of an inbox entry went, in the words its owner reads."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from backend.notifications.states import DeliveryState as S

_WORDS: Final[Mapping[str, str]] = orjson.loads((Path(__file__).parent / "push_words.json").read_bytes())

_OUTCOMES: Final[Mapping[str, str]] = {
    **dict.fromkeys((S.PENDING, S.CLAIMED, S.SENDING, S.DEFERRED), "waiting"),
    **dict.fromkeys((S.UNKNOWN, S.UNKNOWN_FINAL), "unknown"),
    **dict.fromkeys((S.REFUSED, S.FAILED, S.SUPPRESSED, S.CANCELLED, S.EXPIRED), "not_sent"),
    S.SENT: "sent",
}
_NONE: Final = {"state": "none", "channel": None, "sentence": _WORDS["none"]}


def told(state: str | None, reason: str | None, channel: str | None, *, goes_on: bool) -> Mapping[str, Any]:
    """Return how the try that counts went; `goes_on` when another channel is still to be tried after it.

    Records of deliveries are kept for a shorter time than the inbox: an old entry has none.
    """
    if state is None:
        return _NONE
    if goes_on:
        return {"state": "waiting", "channel": channel, "sentence": _WORDS["onward"]}
    words = _WORDS.get(f"{state}/{reason}") or _WORDS.get(f"{state}/{channel}") or _WORDS[state]
    return {"state": _OUTCOMES[state], "channel": channel, "sentence": words}
