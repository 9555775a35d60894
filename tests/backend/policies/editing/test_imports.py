"""Policies from a file: what comes in, what is told, and that a file twice changes nothing."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from backend.access import SYSTEM
from backend.eligibility import rule_hash
from backend.foundation import db
from backend.foundation.errors import Forbidden
from backend.policies import errors, service
from backend.policies.editing import imports
from backend.policies.editing.imports import REAL, ImportResult, import_policies
from tests.backend.policies.people import DESK, REVIEWER, WRITER, content
from tests.backend.policies.real import ENTRIES, RULES

pytestmark = pytest.mark.usefixtures("running", "clock")


def _entry(number: str | None = "A1", **given: Any) -> dict[str, Any]:
    return {**content().model_dump(mode="json"), **({"number": number} if number else {}), **given}


async def _import(tmp_path: Path, *entries: Any) -> ImportResult:
    path = tmp_path / "policies.json"
    path.write_bytes(orjson.dumps(list(entries)))
    return await import_policies(path, actor=WRITER)


async def test_the_real_policies_become_drafts_and_a_second_time_nothing() -> None:
    first = await import_policies(REAL, actor=SYSTEM)
    assert (sorted(first.new), first.changed, first.bad) == (sorted(ENTRIES), (), ())
    rows = await db.fetch("SELECT p.number, v.* FROM policy_versions v JOIN policies p ON p.id = v.policy_id")
    assert {row["state"] for row in rows} == {"draft"}
    assert all(row["rule_hash"] == rule_hash(RULES[row["number"]]) for row in rows)
    assert {row["number"] for row in rows if row["reference_only"]} == {"X02", "X03"}
    assert await db.fetch_value("SELECT count(*) FROM audit_entries WHERE action = 'policies.imported'") == 42
    again = await import_policies(REAL, actor=SYSTEM)
    assert (again.new, again.changed, sorted(again.same)) == ((), (), sorted(ENTRIES))
    assert await db.fetch_value("SELECT count(*) FROM policy_versions") == 42


async def test_good_entries_land_and_bad_ones_are_told_with_their_place(tmp_path: Path) -> None:
    bad_rule = {"all": [{"fact": "mood", "op": "eq", "value": 1}]}
    result = await _import(
        tmp_path,
        _entry("A1"),
        _entry("A2", summary="长" * 121),
        _entry(None),
        _entry("A3", rule=bad_rule),
        _entry("A1"),
        "nothing",
        _entry("A4", effective_to="2025-01-01"),
        _entry("A5", title="坏\x00字"),
        _entry("a6"),
        _entry("A7", links=[{"title": "网页", "url": "javascript:alert(1)"}]),
    )
    assert result.new == ("A1",)
    assert [(one.place, one.number, one.path) for one in result.bad] == [
        (1, "A2", "summary"),
        (2, "", "number"),
        (3, "A3", "rule.all[0].fact"),
        (3, "A3", "rule.all[0].citation"),
        (4, "A1", "number"),
        (5, "", "number"),
        (5, "", ""),
        (6, "A4", ""),
        (7, "A5", "title"),
        (8, "a6", "number"),
        (9, "A7", "links.0.url"),
    ]


async def test_a_changed_entry_becomes_the_next_draft(tmp_path: Path) -> None:
    await _import(tmp_path, _entry())
    row = await db.fetch_one("SELECT id, version FROM policies")
    assert row is not None
    handed = await service.submit(row["id"], actor=WRITER)
    await service.publish(row["id"], actor=REVIEWER, version=handed.version)
    result = await _import(tmp_path, _entry(summary="二十人以下的小店可以减费。"))
    assert result.changed == ("A1",)
    states = await db.fetch("SELECT state FROM policy_versions ORDER BY edition")
    assert [one["state"] for one in states] == ["published", "draft"]


async def test_a_draft_somebody_works_on_is_left_alone(tmp_path: Path) -> None:
    made = await service.draft(content("同事的草稿"), actor=SYSTEM, number="A1")
    result = await _import(tmp_path, _entry())
    assert [one.number for one in result.bad] == ["A1"]
    assert await db.fetch_value("SELECT title FROM policy_versions WHERE policy_id = $1", made.id) == "同事的草稿"


@pytest.mark.parametrize("raw", [b"", b"{", b"{}", b"[]", b'"x"'])
async def test_what_is_no_list_is_refused(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "policies.json"
    path.write_bytes(raw)
    with pytest.raises(errors.FileRefused):
        await import_policies(path, actor=WRITER)


async def test_a_missing_file_and_a_missing_permission_are_told(tmp_path: Path) -> None:
    with pytest.raises(errors.FileRefused):
        await import_policies(tmp_path / "nowhere.json", actor=WRITER)
    with pytest.raises(Forbidden):
        await import_policies(REAL, actor=DESK)


async def test_what_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "policies.json"
    path.write_bytes(b"[{}]")
    monkeypatch.setattr(imports, "LARGEST", 3)
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("read"))
    with pytest.raises(errors.FileRefused):
        await import_policies(path, actor=WRITER)
