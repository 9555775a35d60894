"""A code whose holder was killed is not waited for until its lease has run out."""

import hashlib
import time
from datetime import timedelta
from uuid import UUID

import pytest

from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.identity import single_flight
from backend.identity.errors import WeChatAway

_LEFT = """
INSERT INTO exchanged_codes (code_hash, state, lease, leased_until, expires_at) VALUES ($1, 'pending', $2, $3, $4)
"""


async def _exchange() -> UUID:
    return new_id()


async def _settle(found: UUID) -> UUID:
    return found


async def _leave(secret: str, lease: timedelta) -> None:
    """Do what a process did that was killed between its claim and its outcome."""
    key, now = hashlib.sha256(secret.encode()).digest(), clock.now()
    await db.execute(_LEFT, key, new_id(), now + lease, now + single_flight.REMEMBERED)


async def test_who_waits_for_a_dead_holder_is_told_soon(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert single_flight.PATIENCE < 10
    monkeypatch.setattr(single_flight, "PATIENCE", 0.2)
    await _leave("login:left", single_flight.LEASE)
    began = time.monotonic()
    with pytest.raises(WeChatAway):
        await single_flight.once("login:left", _exchange, _settle)
    assert time.monotonic() - began < single_flight.LEASE.total_seconds()


async def test_a_lease_that_has_run_out_is_taken_over(database: str) -> None:
    await _leave("login:over", timedelta(seconds=0.1))
    assert await single_flight.once("login:over", _exchange, _settle)
    assert await db.fetch_value("SELECT state FROM exchanged_codes") == "done"
