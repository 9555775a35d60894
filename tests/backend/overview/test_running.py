"""How the service runs: counts and ages of what waits, by few statements, and nothing of anybody's business."""

import os
from datetime import timedelta

import pytest

from backend import audit, outbox
from backend.access import SYSTEM, Actor, ActorKind, Grant, Role
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden
from backend.foundation.ids import new_id
from backend.overview import running
from backend.runtime import Runtime


async def test_what_waits_is_counted_with_its_age(running_: Runtime, clock: Frozen) -> None:
    await running_.redis.set(f"wechat:token:{running_.settings.wechat_appid}", b"x", px=90_000)
    async with db.transaction():
        await outbox.put("policies.published", {})
        await audit.record(SYSTEM, "policies.expired", table="policy_versions", row_id=new_id())
    folder = running_.settings.data_dir / "run"
    folder.mkdir()
    for name, ago in (("worker-1", 3), ("worker-2", 90)):
        (folder / f"{name}.alive").touch()
        at = (clock.now() + timedelta(seconds=60 - ago)).timestamp()
        os.utime(folder / f"{name}.alive", (at, at))
    clock.advance(timedelta(seconds=60))
    told = await running.health(SYSTEM)
    assert told["outbox"] == {"due": 1, "oldest_seconds": 60, "dead": 0}
    assert (told["seals"]["unsealed"], told["seals"]["lag_seconds"], told["seals"]["sealed_at"]) == (1, 60, None)
    assert [(one["name"], one["seconds_ago"], one["is_alive"]) for one in told["workers"]] == [
        ("worker-1", 3, True),
        ("worker-2", 90, False),
    ]
    assert told["redis"]["is_there"]
    assert 80 <= told["wechat_tokens"][0]["seconds_left"] <= 90
    assert told["database"]["migration"].startswith("00")
    assert any(one["application"] == "wuwei-test" for one in told["database"]["connections"])


async def test_a_redis_that_is_away_is_told_and_breaks_nothing(
    running_: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_given: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(running_.redis, "ping", away)
    monkeypatch.setattr(running_.redis, "pttl", away)
    told = await running.health(SYSTEM)
    assert told["redis"] == {"is_there": False, "milliseconds": None, "problem": "ConnectionRefusedError"}
    assert told["wechat_tokens"][0]["seconds_left"] == 0


async def test_only_who_watches_may_look(running_: Runtime) -> None:
    assert running_
    with pytest.raises(Forbidden):
        await running.health(Actor(ActorKind.STAFF, new_id(), grants=(Grant(Role.MANAGER),)))


@pytest.fixture
def running_(running: Runtime) -> Runtime:
    """The fixture by another name than the module's."""
    return running
