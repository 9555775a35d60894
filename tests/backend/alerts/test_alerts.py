"""An alert is one row until it is over: counted, acknowledged, cleared by itself."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from backend import alerts, outbox
from backend.access import SYSTEM, Actor, Grant, Role
from backend.access.actor import ActorKind
from backend.alerts import KINDS, Trouble
from backend.alerts.errors import AlertNotFound
from backend.alerts.raising import clear_others
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden
from backend.runtime import Runtime

ROOT = Path(__file__).parents[3]
ADMINISTRATOR = Actor(ActorKind.STAFF, uuid4(), "系统管理员", (Grant(Role.SYSTEM_ADMINISTRATOR),))


async def _rows() -> list[dict[str, Any]]:
    return [dict(row) for row in await db.fetch("SELECT * FROM alerts ORDER BY kind, key, id")]


async def _open() -> list[tuple[str, str, int]]:
    found, _ = await alerts.listed(SYSTEM)
    return sorted((one.kind, one.key, one.times) for one in found)


async def test_what_happens_again_is_counted_on_one_row(running: Runtime, clock: Frozen) -> None:
    assert await alerts.open_alert("channel_quota", "subscribe", errcode=45009)
    opened = clock.now()
    clock.advance(timedelta(minutes=3))
    assert not await alerts.open_alert("channel_quota", "subscribe", errcode=45009, calls=7)
    [row] = await _rows()
    assert (row["times"], row["opened_at"], row["last_at"]) == (2, opened, clock.now())
    assert (row["severity"], row["detail"]) == ("warning", '{"calls": 7, "errcode": 45009}')


async def test_twenty_who_see_it_at_once_open_one(running: Runtime) -> None:
    told = await asyncio.gather(*(alerts.open_alert("outbox_stuck", "a.b") for _ in range(20)))
    assert sum(told) == 1
    assert await _open() == [("outbox_stuck", "a.b", 20)]


async def test_many_at_once_in_any_order_don_t_wait_for_each_other_for_ever(running: Runtime) -> None:
    keys = [str(n) for n in range(20)]
    ways = [keys, keys[::-1]] * 4
    await asyncio.gather(*(alerts.open_many([Trouble("outbox_stuck", key) for key in way]) for way in ways))
    assert {times for _, _, times in await _open()} == {8}


async def test_one_kind_and_key_twice_in_a_list_counts_twice(running: Runtime) -> None:
    troubles = [Trouble("message_refused", "47003", times=3), Trouble("message_refused", "47003", {"field": "thing1"})]
    assert await alerts.open_many(troubles) == 1
    [row] = await _rows()
    assert (row["times"], row["detail"]) == (4, '{"field": "thing1"}')


async def test_a_cleared_one_stays_as_history_and_opens_anew(running: Runtime) -> None:
    await alerts.open_alert("callbacks_late")
    assert await alerts.clear("callbacks_late")
    assert not await alerts.clear("callbacks_late")
    assert await alerts.open_alert("callbacks_late")
    assert [row["cleared_at"] is None for row in await _rows()] == [False, True]


async def test_it_is_opened_and_forgotten_with_its_transaction(running: Runtime) -> None:
    async def fail() -> None:
        async with db.transaction():
            await alerts.open_alert("callbacks_late")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await _rows() == []


async def test_a_state_that_lasts_is_not_counted_and_ends_when_it_has_been_calm(
    running: Runtime, clock: Frozen
) -> None:
    calm = KINDS["deliveries_late"].calm
    for _ in range(4):
        await alerts.confirm("deliveries_late", {"": {"oldest": 400}})
        assert await alerts.clear_calm() == 0
        clock.advance(calm - timedelta(seconds=1))
    assert await _open() == [("deliveries_late", "", 1)]
    clock.advance(timedelta(seconds=1))
    assert await alerts.clear_calm() == 1
    assert await _open() == []


async def test_who_knows_the_whole_state_ends_the_others(running: Runtime) -> None:
    await alerts.confirm("template_gone", {"甲": {}, "乙": {}})
    await alerts.open_alert("template_misfit", "甲")
    assert await clear_others("template_gone", ["乙"]) == 1
    assert await _open() == [("template_gone", "乙", 1), ("template_misfit", "甲", 1)]


async def test_a_kind_that_the_catalogue_has_not_got_is_refused(running: Runtime) -> None:
    with pytest.raises(KeyError):
        await alerts.open_alert("weather")


async def test_the_detail_is_masked_and_any_text_can_be_stored(running: Runtime) -> None:
    await alerts.open_alert("outbox_stuck", error="no way to 13812345678\x00", count=None, password="x")
    [found], _ = await alerts.listed(SYSTEM)
    assert found.detail == {"error": "no way to 138****5678", "count": None, "password": "***"}


async def test_acknowledged_once_by_one_and_written_down(running: Runtime, clock: Frozen) -> None:
    await alerts.open_alert("outbox_stuck")
    [row] = await _rows()
    first = await alerts.acknowledge(row["id"], actor=ADMINISTRATOR)
    assert (first.acknowledged_at, first.acknowledged_by) == (clock.now(), ADMINISTRATOR.id)
    clock.advance(timedelta(minutes=1))
    again = await alerts.acknowledge(row["id"], actor=SYSTEM)
    assert (again.acknowledged_at, again.acknowledged_by) == (first.acknowledged_at, ADMINISTRATOR.id)
    assert await db.fetch_value("SELECT count(*) FROM audit_entries WHERE action = 'alerts.acknowledged'") == 1
    assert await _open() == [("outbox_stuck", "", 1)], "seen is not over"
    with pytest.raises(AlertNotFound):
        await alerts.acknowledge(uuid4(), actor=SYSTEM)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.SYSTEM_ADMINISTRATOR}))
async def test_only_who_operates_acknowledges(running: Runtime, role: Role) -> None:
    actor = Actor(ActorKind.STAFF, uuid4(), "", (Grant(role),))
    with pytest.raises(Forbidden):
        await alerts.acknowledge(uuid4(), actor=actor)


async def test_pages_of_open_ones_and_of_all(running: Runtime) -> None:
    for key in "abc":
        await alerts.open_alert("outbox_stuck", key)
    await alerts.clear("outbox_stuck", "b")
    first, after = await alerts.listed(ADMINISTRATOR, with_cleared=True, limit=2)
    rest, end = await alerts.listed(ADMINISTRATOR, with_cleared=True, before=after, limit=2)
    assert [one.key for one in (*first, *rest)] == ["c", "b", "a"]
    assert end is None
    assert [one.key for one in (await alerts.listed(ADMINISTRATOR))[0]] == ["c", "a"]
    assert first[0].title
    assert first[0].runbook == "docs/runbooks/alerts.md#outbox_stuck"


async def test_an_alert_of_a_kind_that_is_no_more_is_still_shown(running: Runtime) -> None:
    await alerts.open_alert("outbox_stuck")
    await db.execute("UPDATE alerts SET kind = 'of_old'")
    [found], _ = await alerts.listed(SYSTEM)
    assert (found.title, found.action) == ("of_old", "")


async def test_every_kind_is_counted_also_when_nothing_is_open(running: Runtime) -> None:
    await alerts.open_alert("outbox_stuck", "a")
    await alerts.open_alert("outbox_stuck", "b")
    counts = await alerts.open_counts()
    assert {kind for kind, _ in counts} == set(KINDS)
    assert {kind: n for (kind, _), n in counts.items() if n} == {"outbox_stuck": 2}


def test_every_kind_has_its_entry_in_the_run_book_and_no_entry_lacks_its_kind() -> None:
    text = (ROOT / KINDS["outbox_stuck"].runbook.partition("#")[0]).read_text(encoding="utf-8")
    parts = re.split(r"^## (\S+)$", text, flags=re.MULTILINE)[1:]
    entries = dict(zip(parts[::2], parts[1::2], strict=True))
    assert set(entries) == set(KINDS)
    for kind in KINDS.values():
        assert kind.runbook.endswith(f"#{kind.key}")
        for heading in ("**Means.**", "**See.**", "**Do.**"):
            assert heading in entries[kind.key], f"{kind.key}: {heading}"
        assert f"`{kind.severity}`" in entries[kind.key], kind.key


def test_the_words_are_chinese_sentences() -> None:
    for kind in KINDS.values():
        assert re.search("[\u4e00-\u9fff]", kind.title), kind.key
        for told in (kind.meaning, kind.look, kind.action):
            assert told.endswith("。"), kind.key
        assert kind.calm >= timedelta(minutes=1), kind.key


async def test_nothing_is_noted_for_a_webhook_that_is_not_set(running: Runtime) -> None:
    await alerts.open_alert("outbox_stuck")
    assert await outbox.backlog() == (0, 0.0)
