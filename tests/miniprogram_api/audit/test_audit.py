"""The trail over HTTP: pages that neither skip nor repeat, filters, and a verification that runs once at a time."""

import asyncio
import csv
import io
import os
import tempfile
from collections.abc import Iterator
from typing import Any

import pytest

from backend import audit
from backend.access import Actor, Role
from backend.audit import exporting, verifying
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from tests.factories.people import add_staff
from tests.support.api import Api
from tests.support.matrix import World
from tests.support.trail import seal_all

TRAIL = "/api/staff/v1/audit"


@pytest.fixture
def auditor(world: World) -> dict[str, str]:
    return {"Cookie": f"wuwei_staff={world.staff[Role.AUDITOR].id}"}


async def _act(actor: Actor, action: str, table: str = "bindings", **detail: str) -> None:
    async with db.transaction():
        await audit.record(actor, action, table=table, row_id=new_id(), fields=("state",), detail=detail)


async def _page(door: Api, auditor: dict[str, str], **query: Any) -> dict[str, Any]:
    answer = await door.get(TRAIL, params=query, headers=auditor)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


async def test_pages_hold_everything_once_newest_first(known: Api, world: World, auditor: dict[str, str]) -> None:
    for number in range(5):
        await _act(world.owner, f"a.{number}")
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = await _page(known, auditor, limit=2, **cursor)
        seen += [entry["action"] for entry in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert seen == ["a.4", "a.3", "a.2", "a.1", "a.0"]


@pytest.fixture
def _going_on(world: World) -> Iterator[None]:
    """An entry is found by its id, which the machine's clock makes."""
    with clock.use(clock.SystemClock()):
        yield


@pytest.mark.usefixtures("_going_on")
async def test_filters_hold_together(known: Api, world: World, auditor: dict[str, str]) -> None:
    await _act(world.owner, "identity.bound")
    await asyncio.sleep(0.005)
    noon = clock.now().isoformat()
    await asyncio.sleep(0.005)
    await _act(world.owner, "identity.left", "owner_sessions")
    await _act(world.other, "identity.bound", reason="电话 13800001111")
    [last, middle, first] = (await _page(known, auditor))["items"]
    assert last["detail"] == {"reason": "电话 138****1111"}
    assert (last["fields"], last["is_sealed"], last["actor_kind"]) == (["state"], False, "owner")
    for query, found in (
        ({"actor": str(world.owner.id)}, [middle, first]),
        ({"actor": str(world.owner.id), "action": "identity.bound"}, [first]),
        ({"table": "owner_sessions"}, [middle]),
        ({"row": last["row_id"]}, [last]),
        ({"from": noon}, [last, middle]),
        ({"to": noon}, [first]),
        ({"from": noon, "to": noon}, []),
        ({"from": "1900-01-02T00:00:00+08:00", "to": "2199-12-31T00:00:00+08:00"}, [last, middle, first]),
        ({"to": "1900-01-02T00:00:00Z"}, []),
        ({"action": "nothing"}, []),
    ):
        assert (await _page(known, auditor, **query))["items"] == found, query


@pytest.mark.parametrize(
    "query", ["actor=x", "from=yesterday", "from=2026-11-22T00:00:00", "cursor=x", "action=%00", "limit=101", "since=x"]
)
async def test_a_wrong_query_is_told(known: Api, auditor: dict[str, str], query: str) -> None:
    assert (await known.get(f"{TRAIL}?{query}", headers=auditor)).status_code == 422


async def test_a_verification_tells_what_it_found(known: Api, world: World, auditor: dict[str, str]) -> None:
    await _act(world.owner, "a.b")
    await seal_all(world.runtime.settings.data_dir)
    answer = await known.get(f"{TRAIL}/verification", headers=auditor)
    told = {name: answer.json()[name] for name in ("is_sound", "seals", "entries", "broken", "problem")}
    assert told == {"is_sound": True, "seals": 1, "entries": 1, "broken": None, "problem": None}
    (world.runtime.settings.data_dir / "seals.log").write_text(f"1 {'0' * 64} x")
    answer = await known.get(f"{TRAIL}/verification", headers=auditor)
    assert (answer.json()["is_sound"], answer.json()["broken"]) == (False, 1)


async def test_one_verification_runs_at_a_time_in_all_processes(
    known: Api, auditor: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    real = verifying.verify

    async def slow(*arguments: Any) -> audit.Verdict:
        begun.set()
        await go_on.wait()
        return await real(*arguments)

    monkeypatch.setattr(verifying, "verify", slow)
    first = asyncio.create_task(known.get(f"{TRAIL}/verification", headers=auditor))
    await begun.wait()
    second = await known.get(f"{TRAIL}/verification", headers=auditor)
    assert (second.status_code, second.json()["code"]) == (409, "audit.verification_running")
    go_on.set()
    assert (await first).status_code == 200
    assert (await known.get(f"{TRAIL}/verification", headers=auditor)).status_code == 200


async def test_who_goes_away_leaves_no_lock_behind(
    known: Api, world: World, auditor: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def endless(*_: Any) -> audit.Verdict:
        begun.set()
        await asyncio.sleep(60)
        raise AssertionError

    with monkeypatch.context() as patched:
        patched.setattr(verifying, "verify", endless)
        task = asyncio.create_task(audit.verify_alone(world.runtime.settings.data_dir))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert (await known.get(f"{TRAIL}/verification", headers=auditor)).json()["is_sound"]


async def test_acts_are_told_in_words_with_who_did_them(known: Api, world: World, auditor: dict[str, str]) -> None:
    manager = await add_staff(staff_id=world.staff[Role.MANAGER].id)
    await _act(manager, "enterprises.phone_revealed", "enterprises", reason="回电")
    await _act(world.owner, "some.older_act", "an_older_table")
    [older, known_act] = (await _page(known, auditor))["items"]
    words = ("action_word", "table_word", "actor_kind_word")
    assert [known_act[name] for name in words] == ["查看完整登记电话", "企业", "工作人员"]
    assert [older[name] for name in words] == ["some.older_act", "an_older_table", "经营者"]
    assert known_act["actor"]
    assert older["actor"] is None


async def test_an_export_holds_the_filter_s_entries_and_says_how_many(
    known: Api, world: World, auditor: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "_PAGE", 2)
    folder = str(world.runtime.settings.data_dir)
    monkeypatch.setattr(tempfile, "tempdir", folder)
    for number in range(5):
        await _act(world.owner, "identity.bound", reason=f"=1+{number}")
    await _act(world.owner, "identity.left")
    answer = await known.get(f"{TRAIL}/export", params={"action": "identity.bound"}, headers=auditor)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-length"] == str(len(answer.content))
    assert answer.content.startswith(b"\xef\xbb\xbf")
    head, *rows, end = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (head[0], len(rows), end) == ("时间", 5, ["共 5 条，到此为止"])
    assert {row[3] for row in rows} == {"绑定企业"}
    [noted] = (await _page(known, auditor, action="audit.exported"))["items"]
    assert noted["detail"] == {"entries": 5}
    monkeypatch.setattr(exporting, "MOST", 3)
    answer = await known.get(f"{TRAIL}/export", headers=auditor)
    assert answer.text.splitlines()[-1].startswith("共 3 条，只导出最新的")
    assert os.listdir(folder) == []  # noqa: PTH208  a name is all that is wanted


async def test_a_verification_says_from_when_to_when_and_in_one_sentence(
    known: Api, world: World, auditor: dict[str, str]
) -> None:
    await _act(world.owner, "identity.bound")
    await seal_all(world.runtime.settings.data_dir)
    told = (await known.get(f"{TRAIL}/verification", headers=auditor)).json()
    assert (told["seals"], told["first_at"]) == (1, told["last_at"])
    assert told["say"] == "1 个封条全部成立，覆盖 1 条记录。"
    (world.runtime.settings.data_dir / "seals.log").write_text(f"1 {'0' * 64} x")
    told = (await known.get(f"{TRAIL}/verification", headers=auditor)).json()
    assert (told["is_sound"], told["broken"]) == (False, 1)
    assert "第 1 号封条" in told["say"]
