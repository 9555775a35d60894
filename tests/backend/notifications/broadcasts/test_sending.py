"""Broadcasts through the stand-in: stopped and gone on with, ended, counted, and sent again only to who got none."""

import asyncio
import csv
import io
import zipfile
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from backend.foundation import db
from backend.foundation.clock import SHANGHAI, Frozen
from backend.foundation.exports import Format
from backend.foundation.states import WrongState
from backend.notifications import broadcasts, delivering, due
from backend.notifications.broadcasts import (
    OriginHolds,
    OriginOver,
    errors,
    outcomes,
    queries,
    report,
    resending,
    telling,
    watching,
)
from backend.notifications.claiming import LEASE as HOLD
from backend.notifications.claiming import claim
from backend.notifications.due import take_notes
from backend.notifications.settling import begin, release
from backend.outbox.queue import LEASE
from backend.runtime import Runtime
from tests.backend.notifications.broadcasts.crowds import OTHER, PREPARER, RELEASER, Crowd, row, state
from tests.backend.notifications.people import SEND, Phone, Phones
from tests.support.exports import whole

pytestmark = pytest.mark.usefixtures("phones")


@pytest.fixture
def crowd() -> Crowd:
    return Crowd()


async def _by_state(made: UUID) -> Counter[str]:
    rows = await db.fetch("SELECT state FROM deliveries WHERE broadcast_id = $1", made)
    return Counter(one["state"] for one in rows)


async def _without_credit(phones: Phones, count: int) -> list[Phone]:
    return [await phones.make(0) for _ in range(count)]


async def _deliver(budget: float = 8.0) -> None:
    await take_notes()
    await delivering.deliver(budget=budget)


async def test_it_goes_to_everybody_once_and_ends(crowd: Crowd, phones: Phones) -> None:
    reached, without = await phones.crowd(20), await _without_credit(phones, 5)
    made = await crowd.released()
    assert (await _plain(made, "forecast"))["certain"] == 20
    await crowd.spread()
    await watching.look_after()
    assert await state(made) == "sending"
    await _deliver()
    await watching.look_after()
    assert (await state(made), await _by_state(made)) == ("done", Counter(sent=20, suppressed=5))
    assert phones.counts() == Counter(phone.openid for phone in reached)
    actual = await _plain(made, "actual")
    assert (actual["subscribe"], actual["inbox_only"], actual["not_told"], actual["total"]) == (20, 5, 0, 25)
    assert len(without) == 5


async def _plain(made: UUID, column: str) -> dict[str, Any]:
    rows = await db.fetch(f"SELECT key, value::text FROM broadcasts, jsonb_each({column}) WHERE id = $1", made)
    return {one["key"]: int(one["value"]) for one in rows if one["value"].isdigit()}


async def test_a_pause_holds_back_what_is_not_sent_and_the_rest_goes_once(
    crowd: Crowd, phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "CHUNK", 40)
    everybody = await phones.crowd(120)
    made = await crowd.released()
    await crowd.spread()
    worker = asyncio.create_task(delivering.deliver(budget=8.0, batch=10))
    while not phones.counts():
        await asyncio.sleep(0.01)
    await broadcasts.pause(made, actor=PREPARER)
    await worker
    held = phones.counts().total()
    assert 0 < held < len(everybody)
    await _deliver()
    assert phones.counts().total() == held
    await broadcasts.resume(made, actor=RELEASER)
    await crowd.spread()
    await _deliver()
    await watching.look_after()
    assert phones.counts() == Counter(phone.openid for phone in everybody)
    assert await state(made) == "done"


async def test_what_was_claimed_before_a_pause_is_not_begun_after_it(
    crowd: Crowd, phones: Phones, connected: Runtime
) -> None:
    await phones.crowd(3)
    made = await crowd.released()
    await crowd.spread()
    await take_notes()
    batch = await claim(10, connected.settings)
    first, *rest = [one.id for one in batch.messages]
    assert len(rest) == 2
    await begin([first], batch.claim, HOLD)
    await broadcasts.pause(made, actor=PREPARER)
    assert await begin([first, *rest], batch.claim, HOLD) == {first}, "what is begun may be asked for again"
    await release([batch.claim])
    await _deliver()
    assert (phones.counts(), await _by_state(made)) == (Counter(), Counter(unknown=1, deferred=2))


async def test_what_a_claim_decides_about_does_not_hold_up_a_resume(crowd: Crowd, phones: Phones) -> None:
    await phones.crowd(3)
    made = await crowd.released()
    await crowd.spread()
    await broadcasts.pause(made, actor=PREPARER)
    await _deliver()
    assert await _by_state(made) == Counter(deferred=3)
    held = asyncio.Event()
    over = asyncio.Event()

    async def decide() -> None:
        async with db.transaction():
            await db.fetch("SELECT id FROM deliveries ORDER BY id LIMIT 1 FOR NO KEY UPDATE")
            held.set()
            await over.wait()

    deciding = asyncio.create_task(decide())
    await held.wait()
    async with asyncio.timeout(30):
        await broadcasts.resume(made, actor=RELEASER)
    over.set()
    await deciding
    await _deliver()
    assert await _by_state(made) == Counter(sent=2, deferred=1)


async def test_a_cancel_ends_what_is_not_sent(crowd: Crowd, phones: Phones) -> None:
    await phones.crowd(30)
    made = await crowd.released()
    await crowd.spread()
    await broadcasts.cancel(made, "内容有误", actor=OTHER)
    await _deliver()
    assert (phones.counts(), await _by_state(made)) == (Counter(), Counter(cancelled=30))
    for command in (broadcasts.pause, broadcasts.resume):
        with pytest.raises(WrongState):
            await command(made, actor=OTHER)


async def test_a_cancel_ends_what_waits_for_a_better_hour(
    crowd: Crowd, phones: Phones, clock: Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "_OF_CANCELLED", due._OF_CANCELLED.replace(f"LIMIT {due.SLICE}", "LIMIT 2"))
    await phones.crowd(5)
    made = await crowd.released()
    await crowd.spread()
    clock.set(clock.now().astimezone(SHANGHAI).replace(hour=23))
    await _deliver()
    assert await _by_state(made) == Counter(deferred=5)
    await broadcasts.cancel(made, "内容有误", actor=OTHER)
    await watching.look_after()
    await _deliver()
    assert (phones.counts(), await _by_state(made)) == (Counter(), Counter(cancelled=5))
    await watching.look_after()
    assert await db.fetch_value("SELECT count(*) FROM due_notes") == 0


async def test_a_worker_that_dies_within_a_slice_tells_nobody_twice(
    crowd: Crowd, phones: Phones, clock: Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "CHUNK", 4)
    await phones.crowd(30, taps=0)
    made = await crowd.released()
    for pause in (0.005, 0.01, 0.015, 0.02, 0.03):
        dying = asyncio.create_task(crowd.spread())
        await asyncio.sleep(pause)
        dying.cancel()
        with suppress(asyncio.CancelledError):
            await dying
        clock.advance(LEASE)
    await crowd.spread()
    told = await db.fetch_value("SELECT count(*) FROM inbox")
    assert (told, (await row(made))["told"]) == (30, 30)


async def test_it_pauses_by_itself_when_too_many_are_answered_that_nothing_is_allowed(
    crowd: Crowd, phones: Phones, clock: Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """43101 is counted apart from failures and has a percentage of its own: 30 of 100 pass, 50 of 120 do not."""
    monkeypatch.setattr(watching, "LEAST", 20)
    people = await phones.crowd(120)
    made = await crowd.released()
    await crowd.spread()
    phones.sandbox.control("POST", "faults", path=SEND, errcode=43101, times=30)
    await db.execute(
        "UPDATE deliveries SET due_at = $1 WHERE person_id = ANY($2)",
        clock.now() + timedelta(hours=1),
        [phone.person for phone in people[100:]],
    )
    await db.execute(
        "UPDATE addresses SET next_due_at = NULL WHERE person_id = ANY($1)", [phone.person for phone in people[100:]]
    )
    await db.execute("UPDATE due_notes n SET due_at = d.due_at FROM deliveries d WHERE d.id = n.delivery_id")
    await _deliver()
    assert await _by_state(made) == Counter(refused=30, sent=70, pending=20)
    await watching.look_after()
    assert await state(made) == "sending"

    phones.sandbox.control("POST", "faults", path=SEND, errcode=43101, times=20)
    clock.advance(timedelta(hours=1))
    await _deliver()
    await watching.look_after()
    found = await row(made)
    assert (found["state"], found["reason"]) == ("paused", "自动暂停：最近120条中有50条因未获授权被微信拒绝。")
    refused = await db.fetch("SELECT balance FROM credits JOIN addresses a ON a.id = address_id WHERE balance <> 0")
    assert refused == []  # who refused has no credit left, and who got one has spent it


async def test_it_pauses_by_itself_when_calls_fail(
    crowd: Crowd, phones: Phones, clock: Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "LEAST", 20)
    await phones.crowd(25)
    made = await crowd.released()
    await crowd.spread()
    phones.sandbox.control("POST", "faults", path=SEND, errcode=47003, times=25)
    await _deliver()
    await watching.look_after()
    found = await row(made)
    assert (found["state"], found["reason"]) == ("paused", "自动暂停：最近25条中有25条发送失败。")
    kinds = await db.fetch("SELECT kind, key FROM alerts WHERE cleared_at IS NULL AND kind = $1", watching.ALERT)
    assert [one["key"] for one in kinds] == [str(made)]
    clock.advance(timedelta(seconds=1))
    await broadcasts.resume(made, actor=RELEASER)
    await watching.look_after()
    assert await state(made) == "done"
    assert (
        await db.fetch_value("SELECT count(*) FROM alerts WHERE cleared_at IS NULL AND kind = $1", watching.ALERT) == 0
    )


@pytest.mark.parametrize(
    ("stops", "expected"),
    [
        (OriginOver(), ("cancelled", "所涉事项已撤回、被替代或已截止")),
        (OriginHolds("待查。"), ("paused", "自动暂停：待查。")),
    ],
)
async def test_what_no_longer_stands_is_told_to_nobody(
    crowd: Crowd, phones: Phones, stops: Exception, expected: tuple[str, str]
) -> None:
    await phones.crowd(3)
    made = await crowd.released()
    crowd.stops = stops
    await crowd.spread()
    found = await row(made)
    assert (found["state"], found["reason"], await db.fetch_value("SELECT count(*) FROM inbox")) == (*expected, 0)


async def test_only_who_got_none_is_tried_again(crowd: Crowd, phones: Phones, clock: Frozen) -> None:
    reached, without = await phones.crowd(10), await _without_credit(phones, 4)
    made = await crowd.released()
    await crowd.spread()
    await _deliver()
    await watching.look_after()
    for phone in without[:3]:
        await phones.allow(phone, 1)
    assert "resend" in orjson.loads(await queries.show(made, RELEASER))["may"]
    calls = (resending.resend(made, actor=RELEASER) for _ in range(20))
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert Counter(map(str, answers)) == Counter({"4": 1, str(errors.TooSoon()): 19})
    await _deliver()
    await watching.look_after()
    assert phones.counts() == Counter(phone.openid for phone in (*reached, *without[:3]))
    assert await state(made) == "done"
    assert await db.fetch_value("SELECT count(*) FROM inbox") == 14
    with pytest.raises(errors.TooSoon):
        await resending.resend(made, actor=RELEASER)
    clock.advance(resending.PATIENCE)
    assert await resending.resend(made, actor=RELEASER) == 1


async def test_nobody_is_offered_to_send_again_what_reached_all(crowd: Crowd, phones: Phones) -> None:
    await phones.crowd(2)
    made = await crowd.released()
    await crowd.spread()
    await _deliver()
    await watching.look_after()
    assert await state(made) == "done"
    assert "resend" not in orjson.loads(await queries.show(made, RELEASER))["may"]
    assert await resending.resend(made, actor=RELEASER) == 0, "nor is anybody tried again"
    assert await state(made) == "done"


async def _report(made: UUID, form: Format, *, only_missed: bool = False) -> bytes:
    done = await report.write(made, form, only_missed=only_missed, actor=OTHER if form == "xlsx" else PREPARER)
    return await whole(done)


async def test_the_report_says_who_got_it_and_why_not(
    crowd: Crowd, phones: Phones, connected: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "PAGE", 4)
    [named, *_] = await phones.crowd(6)
    [missed, gone] = await _without_credit(phones, 2)
    sealed = connected.vault.encrypt("=张三丰", table="persons", column="name_sealed", row=named.person)
    await db.execute("UPDATE persons SET name_sealed = $2 WHERE id = $1", named.person, sealed)
    crowd.left_out = {gone.person: "fits_no_more"}
    made = await crowd.released()
    await crowd.spread()
    await _deliver()
    lines = list(csv.reader(io.StringIO((await _report(made, "csv")).decode("utf-8-sig"))))
    assert (tuple(lines[0]), lines[-1]) == (report.HEADER, ["共8行，报告完整。"])
    told = {line[0]: line for line in lines[1:-1]}
    assert told[str(named.person)][1] == "'=***"
    assert told[str(missed.person)][5:7] == ["仅站内消息", "未授权接收此类消息"]
    assert told[str(gone.person)][5:7] == ["未通知", "轮到时已不符合条件"]
    only = (await _report(made, "csv", only_missed=True)).decode("utf-8-sig")
    assert {line[0] for line in list(csv.reader(io.StringIO(only)))[1:-1]} == {str(missed.person), str(gone.person)}
    with zipfile.ZipFile(io.BytesIO(await _report(made, "xlsx"))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "'=张三丰" in sheet
    assert sheet.count("<row>") == 10
    assert "<f>" not in sheet


async def test_the_screen_tells_each_persons_outcome_and_how_many_there_are_of_each(
    crowd: Crowd, phones: Phones, connected: Runtime
) -> None:
    [named, *_] = await phones.crowd(6)
    [missed, gone] = await _without_credit(phones, 2)
    sealed = connected.vault.encrypt("张三丰", table="persons", column="name_sealed", row=named.person)
    await db.execute("UPDATE persons SET name_sealed = $2 WHERE id = $1", named.person, sealed)
    crowd.left_out = {gone.person: "fits_no_more"}
    made = await crowd.released()
    assert {one["outcome"]: one["people"] for one in await outcomes.figures(made, OTHER)} == {"untold": 8}
    await crowd.spread()
    await _deliver()
    figures = {(one["outcome"], one["reason"]): one["people"] for one in await outcomes.figures(made, OTHER)}
    assert figures == {("reached", None): 6, ("inbox_only", "no_credit"): 1, ("left_out", "fits_no_more"): 1}
    people = await _people(made)
    assert people[named.person]["name"] == "张**"
    assert people[named.person]["outcome"] == "reached"
    assert people[missed.person]["reason_name"] == "未授权接收此类消息"
    assert list(await _people(made, reason="no_credit")) == [missed.person]
    assert list(await _people(made, outcome="left_out")) == [gone.person]


async def _people(made: UUID, **wanted: Any) -> dict[UUID, Any]:
    """Read all pages, three persons each, as whoever may see whole names in the report."""
    found: dict[UUID, Any] = {}
    cursor = None
    while True:
        wish = {"outcome": None, "reason": None, **wanted}
        page = await outcomes.page(made, OTHER, cursor=cursor, limit=3, **wish)
        assert not found.keys() & {one["person_id"] for one in page["items"]}
        found |= {one["person_id"]: one for one in page["items"]}
        cursor = page["next"]
        if cursor is None:
            return found


async def test_progress_is_counted_and_kept_for_a_moment(crowd: Crowd, phones: Phones) -> None:
    await phones.crowd(6)
    made = await crowd.released()
    assert (await queries.progress(made, PREPARER))["untold"] == 6
    await crowd.spread()
    await _deliver()
    assert (await queries.progress(made, PREPARER))["untold"] == 6
    queries._kept.clear()
    now = await queries.progress(made, PREPARER)
    assert (now["untold"], now["by_state"], now["per_minute"]) == (0, {"sent": 6}, 6)
