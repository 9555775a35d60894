"""Deferred effects that are stuck, and a trail that was altered, are told."""

from datetime import timedelta

import pytest

from backend import alerts, audit, outbox
from backend.access import SYSTEM
from backend.alerts import watching
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.ids import new_id
from backend.runtime import Runtime
from tests.support.trail import seal_all


async def _told() -> dict[str, dict[str, object]]:
    found, _ = await alerts.listed(SYSTEM)
    return {f"{one.kind}:{one.key}": one.detail for one in found}


async def test_what_was_given_up_or_is_carried_out_by_nobody(running: Runtime, clock: Frozen) -> None:
    async with db.transaction():
        for topic in ("a.dead", "a.dead", "b.late", "c.fresh"):
            await outbox.put(topic, {})
    await db.execute("UPDATE outbox SET state = 'dead' WHERE topic = 'a.dead'")
    clock.advance(timedelta(minutes=5, seconds=2))
    await db.execute("UPDATE outbox SET due_at = due_at + interval '1 hour' WHERE topic = 'c.fresh'")
    await watching.watch_outbox()
    assert await _told() == {
        "outbox_stuck:a.dead": {"dead": 2},
        "outbox_stuck:b.late": {"late": 1, "oldest_seconds": 302},
    }
    await outbox.revive("a.dead")
    await outbox.drain({"a.dead": _nothing, "b.late": _nothing})
    clock.advance(timedelta(minutes=1))
    await watching.watch_outbox()
    await alerts.clear_calm()
    assert await _told() == {}


async def _nothing(_items: object) -> None:
    """Carry an effect out."""


async def test_an_altered_trail_is_told_until_it_holds(running: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = running.settings.data_dir
    async with db.transaction():
        await audit.record(SYSTEM, "a.b", table="t", row_id=new_id())
    await seal_all(directory)
    assert (await watching.verify_audit(directory)).is_sound
    assert await _told() == {}
    log = directory / "seals.log"
    sound = log.read_text()
    log.write_text(f"1 {'0' * 64} x")
    assert not (await watching.verify_audit(directory)).is_sound
    [detail] = (await _told()).values()
    assert detail["seal"] == 1
    log.write_text(sound)
    await watching.verify_audit(directory)
    assert await _told() == {}
