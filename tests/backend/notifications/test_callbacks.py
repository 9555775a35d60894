"""Pushes are stored once, however they race."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from backend.foundation import db
from backend.gateways.wechat.callback import Event
from backend.notifications import callbacks

pytestmark = pytest.mark.usefixtures("database")


def _event(name: str = "a", **raw: Any) -> Event:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    return Event("subscribe_msg_sent_event", "openid-1", at, ({"MsgID": "1"},), raw, name * 64)


async def test_one_of_many_twins_is_stored() -> None:
    stored = await asyncio.gather(*(callbacks.receive("miniprogram", _event()) for _ in range(20)))
    assert sorted(stored) == [False] * 19 + [True]
    assert await db.fetch_value("SELECT count(*) FROM callback_events") == 1


async def test_other_events_and_other_accounts_are_others() -> None:
    assert await callbacks.receive("miniprogram", _event("a"))
    assert await callbacks.receive("miniprogram", _event("b"))
    assert await callbacks.receive("service", _event("a"))


async def test_all_of_an_event_is_kept() -> None:
    await callbacks.receive("miniprogram", _event(FromUserName="openid-1", Deep={"a": ["x\x00y", 5]}))
    row = await db.fetch_one("SELECT dedupe_hash, event FROM callback_events")
    assert row is not None
    assert row["dedupe_hash"] == bytes.fromhex("a" * 64)
    assert json.loads(row["event"]) == {
        "kind": "subscribe_msg_sent_event",
        "openid": "openid-1",
        "created_at": "2026-11-22T00:00:00+00:00",
        "items": [{"MsgID": "1"}],
        "raw": {"FromUserName": "openid-1", "Deep": {"a": ["xy", 5]}},
    }
