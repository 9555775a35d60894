"""The real import and the claim understand each other: spelling, blind indexes, seals, changes."""

import asyncio
from pathlib import Path

import pytest

from backend import identity, outbox
from backend.access import SYSTEM
from backend.assembly import OUTBOX_HANDLERS
from backend.enterprises.imports import import_registry
from backend.foundation import db
from backend.runtime import Runtime
from tests.backend.enterprises.builders import code
from tests.factories.people import add_person, add_staff

pytestmark = pytest.mark.usefixtures("clock")

HEADER = "统一社会信用代码,名称,经营者,联系电话,区县,数据日期\n"


async def _import(file: Path, *rows: str) -> None:
    await asyncio.to_thread(file.write_text, HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    await import_registry(file, actor=SYSTEM)


async def test_who_stands_in_the_registry_binds_and_proves_again_after_a_change(
    running: Runtime, tmp_path: Path
) -> None:
    await _import(tmp_path / "0.csv", f"{code(1)},湖州张三食品店,张三,138 0000 1111,330502,2026-11-01")
    actor = await add_person(running, "13800001111")
    assert (await identity.claim(actor, code(1), "张三")).state == "active"

    await _import(tmp_path / "1.csv", f"{code(1)},湖州张三食品店,李四,13800001111,330502,2026-11-20")
    await outbox.drain(OUTBOX_HANDLERS)
    assert [one["state"] for one in (await identity.my_bindings(actor))["bindings"]] == ["read_only"]
    told = await db.fetch("SELECT fields->>'result' AS result FROM inbox WHERE person_id = $1", actor.id)
    assert [row["result"] for row in told] == ["需重新验证"]

    assert (await identity.claim(actor, code(1), "李四")).state == "active"
    assert [one["state"] for one in (await identity.my_bindings(actor))["bindings"]] == ["active"]


async def test_who_reviews_reads_both_names(running: Runtime, tmp_path: Path) -> None:
    await _import(tmp_path / "2.csv", f"{code(1)},湖州张三食品店,张三,13800001111,330502,2026-11-01")
    await identity.claim(await add_person(running, "13900002222"), code(1), "张四")
    [review] = (await identity.review_list(await add_staff(), state="pending", cursor=None, limit=5))["items"]
    assert (review["representative_written"], review["representative_registered"]) == ("张四", "张三")
    assert review["enterprise"] == "湖州张三食品店"
