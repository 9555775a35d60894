"""Owners who sign up at the same moment are served together: one transaction for all, an answer for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from backend.foundation.batch import Batcher
from backend.foundation.errors import WuweiError
from backend.foundation.parts import Part
from backend.salons.seats import signing
from backend.salons.seats.asking import Wish
from backend.salons.seats.signing import SignedUp
from backend.salons.states import SIGNUP_WORDS
from miniprogram_api.idempotency import Key, Outcome, together
from miniprogram_api.reply import Reply
from miniprogram_api.schema import as_plain

CREATED: Final = 201


@dataclass(frozen=True, slots=True)
class _Request:
    key: Key
    wish: Wish


async def join(key: Key, wish: Wish) -> Reply:
    """Sign one up with whoever else asks now; raises his own refusal."""
    outcome = await _JOINING.do(_Request(key, wish))
    if isinstance(outcome, WuweiError):
        raise outcome
    return outcome.response()


def told(made: SignedUp) -> bytes:
    """Return an answer as it goes out and is remembered."""
    body = {
        "id": str(made.id),
        "salon_id": str(made.salon_id),
        "state": made.state.value,
        "state_word": SIGNUP_WORDS[made.state],
        "way": made.way,
        "decide_by": made.decide_by,
        "position": made.position,
        "is_new": made.is_new,
    }
    return orjson.dumps(body, default=as_plain, option=orjson.OPT_PASSTHROUGH_DATETIME)


async def _sign_up(requests: Sequence[_Request]) -> list[Outcome]:
    async def command(places: Sequence[int]) -> tuple[list[bytes | WuweiError], Sequence[Part]]:
        made, writes = await signing.decide([requests[n].wish for n in places])
        return [one if isinstance(one, WuweiError) else told(one) for one in made], writes

    return await together([one.key for one in requests], command, CREATED)


_JOINING: Final = Batcher(_sign_up)
