"""The comparison of balances with their ledger, in slices that several processes may take."""

from datetime import timedelta

import pytest

from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.notifications import proving, watching
from tests.backend.notifications.people import Phones
from workers.notifications import check_credits

pytestmark = pytest.mark.usefixtures("phones")


async def _made_wrong(phones: Phones, count: int) -> None:
    made = [await phones.make(taps=1) for _ in range(count)]
    first, last = (sorted(phone.address for phone in made)[place] for place in (0, -1))
    await db.execute("UPDATE credits SET balance = 7 WHERE address_id IN ($1, $2)", first, last)


async def test_slices_find_all_that_one_look_finds(phones: Phones, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "SLICE", 2)
    await _made_wrong(phones, 5)
    assert not await proving.check_credits(0)
    assert await watching.known_drift() == 1  # told before the round is over
    assert not await proving.check_credits(0)
    assert await proving.is_due()
    assert await proving.check_credits(0)
    assert (await watching.known_drift(), await proving.is_due()) == (2, False)
    assert await proving.check_credits(5)  # a new round, of the same two
    assert await watching.known_drift() == 2


async def test_a_round_that_ended_is_not_begun_again_the_same_night(phones: Phones, clock: Frozen) -> None:
    await check_credits()
    await _made_wrong(phones, 2)
    clock.advance(timedelta(minutes=10))
    await check_credits()
    assert await watching.known_drift() == 0
    clock.advance(timedelta(days=1))
    await check_credits()
    assert await watching.known_drift() == 2
