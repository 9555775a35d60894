"""A channel that answers nobody rests, is tried by one call, and comes back by itself."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend import alerts
from backend.access import SYSTEM
from backend.foundation import clock as time
from backend.foundation import db
from backend.foundation.clock import SHANGHAI, Frozen
from backend.notifications import breakers
from backend.notifications.breakers import IN_A_ROW, LONGEST, SHORTEST
from backend.notifications.delivering import deliver
from backend.runtime import Runtime
from tests.backend.notifications.people import BROADCAST, SEND, Phones, message, say, states


async def _row() -> dict[str, Any]:
    found = await db.fetch_one("SELECT * FROM channel_breakers WHERE channel = 'subscribe'")
    return dict(found) if found else {"state": "closed"}


async def _open() -> set[str]:
    found, _ = await alerts.listed(SYSTEM)
    return {one.kind for one in found}


async def _all_due(moment: datetime) -> None:
    """Let every message that waits be due at once, as it would be by and by."""
    await db.execute("UPDATE deliveries SET due_at = $1 WHERE state = 'deferred'", moment)
    await db.execute("UPDATE addresses SET next_due_at = $1 WHERE next_due_at > $1", moment)


async def _waiting(phones: Phones, count: int) -> None:
    crowd = await phones.crowd(count)
    await say(*(message(phone.person) for phone in crowd))


@pytest.mark.parametrize("fault", [{"errcode": 40164}, {"drop": True}])
async def test_several_in_a_row_let_the_channel_rest(phones: Phones, fault: dict[str, Any]) -> None:
    await _waiting(phones, 60)
    phones.sandbox.fault(path=SEND, **fault)
    await deliver(batch=IN_A_ROW)
    row = await _row()
    assert row["state"] == "open"
    assert timedelta(seconds=26) < row["until_at"] - time.now() <= SHORTEST * 1.1
    assert "channel_paused" in await _open()
    calls = phones.sandbox.calls(SEND)
    await deliver()
    assert phones.sandbox.calls(SEND) == calls, "nothing is tried while it rests"


async def test_fewer_than_that_do_not(phones: Phones) -> None:
    await _waiting(phones, IN_A_ROW - 1)
    phones.sandbox.fault(path=SEND, errcode=40164)
    await deliver()
    assert ((await _row())["state"], (await _row())["troubles"]) == ("closed", IN_A_ROW - 1)
    assert await _open() == {"channel_access"}


async def test_an_answer_between_them_ends_the_count(phones: Phones) -> None:
    await _waiting(phones, IN_A_ROW - 1)
    phones.sandbox.fault(path=SEND, errcode=40164, times=IN_A_ROW - 1)
    await deliver()
    phone = await phones.make()
    await say(message(phone.person))
    await deliver()
    assert ((await _row())["state"], (await _row())["troubles"]) == ("closed", 0)
    assert await _open() == set()


async def _opened(phones: Phones, count: int = 12, **fault: Any) -> None:
    await _waiting(phones, count)
    phones.sandbox.fault(path=SEND, **(fault or {"errcode": 48001}))
    await deliver()
    assert (await _row())["state"] == "open"


async def test_one_call_tries_and_its_success_opens_the_channel_for_all(phones: Phones, clock: Frozen) -> None:
    await _opened(phones, times=12, errcode=48001)
    clock.advance(SHORTEST * 1.2)
    await _all_due(time.now())
    await deliver()
    assert set(await states()) == {"sent"}
    assert ((await _row())["state"], (await _row())["openings"]) == ("closed", 0)
    assert await _open() == set()


async def test_a_probe_that_fails_lets_it_rest_longer_and_never_beyond_ten_minutes(
    phones: Phones, clock: Frozen
) -> None:
    await _opened(phones)
    pauses = []
    for _ in range(7):
        calls = phones.sandbox.calls(SEND)
        clock.advance((await _row())["until_at"] - time.now())
        await _all_due(time.now())
        await deliver()
        assert phones.sandbox.calls(SEND) == calls + 1
        pauses.append((await _row())["until_at"] - time.now())
    for place, pause in enumerate(pauses):
        wanted = min(SHORTEST * 2 ** (place + 1), LONGEST)
        assert wanted * 0.9 <= pause <= wanted * 1.1
    assert "channel_paused" in await _open()


async def test_of_many_workers_one_tries(phones: Phones, clock: Frozen) -> None:
    await _opened(phones)
    clock.advance(SHORTEST * 1.2)
    await _all_due(time.now())
    found = await asyncio.gather(*(breakers.probes() for _ in range(10)))
    assert sum(map(len, found)) == 1
    calls = phones.sandbox.calls(SEND)
    await deliver()
    assert phones.sandbox.calls(SEND) == calls, "while the probe is out nobody else goes"
    clock.advance(breakers.PROBE)
    assert await breakers.probes() == ["subscribe"], "a probe that died is followed by another one"


async def test_with_nothing_due_the_next_call_is_the_probe(phones: Phones, clock: Frozen) -> None:
    await _opened(phones)
    clock.advance(SHORTEST * 1.2)
    await db.execute("DELETE FROM deliveries")
    await db.execute("UPDATE addresses SET next_due_at = NULL")
    await deliver()
    assert ((await _row())["state"], (await _row())["troubles"]) == ("closed", IN_A_ROW - 1)
    phone = await phones.make()
    await say(message(phone.person))
    await deliver()
    assert (await _row())["state"] == "open"


async def test_a_days_quota_rests_until_midnight_in_china_whatever_others_say(phones: Phones, clock: Frozen) -> None:
    await _waiting(phones, 40)
    phones.sandbox.fault(path=SEND, errcode=45009, ratio=0.25)
    await deliver(batch=8)
    calls = phones.sandbox.calls(SEND)
    midnight = datetime(2026, 11, 24, tzinfo=SHANGHAI)
    row = await _row()
    assert (row["state"], midnight <= row["until_at"] <= midnight + timedelta(minutes=1)) == ("open", True)
    assert await _open() == {"channel_quota"}
    clock.set(midnight.astimezone(UTC) - timedelta(minutes=1))
    await deliver()
    assert phones.sandbox.calls(SEND) == calls
    phones.sandbox.control("DELETE", "faults")
    clock.set(datetime(2026, 11, 24, 1, 30, tzinfo=UTC))
    await deliver()
    assert (await _row())["state"] == "closed"
    assert set(await states()) == {"sent"}
    assert await _open() == set()


async def test_a_minutes_quota_rests_for_a_minute_without_an_alert(phones: Phones, clock: Frozen) -> None:
    await _opened(phones, errcode=45011, times=1)
    assert (await _row())["until_at"] - time.now() <= timedelta(seconds=65)
    assert await _open() == set()
    clock.advance(timedelta(seconds=66))
    await _all_due(time.now())
    await deliver()
    assert (await _row())["state"] == "closed"


async def test_another_channel_goes_on(people: Any, everywhere: Runtime) -> None:
    await db.execute(
        "INSERT INTO channel_breakers (channel, state, until_at, changed_at) VALUES ('service', 'open', $1, $2)",
        time.now() + timedelta(hours=1),
        time.now(),
    )
    phone = await people.make(taps=1)
    await say(message(phone.person, BROADCAST))
    await deliver()
    assert await states(phone.person) == ["sent"]
    assert (await breakers.look()).open == ("subscribe", "sms")


async def test_an_operator_has_it_tried_at_once(phones: Phones) -> None:
    await _opened(phones, times=12, errcode=48001)
    assert await breakers.try_now() == ["subscribe"]
    await _all_due(time.now())
    await deliver()
    assert set(await states()) == {"sent"}
