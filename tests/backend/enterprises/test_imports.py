"""The registry import: what lands, what is reported, and what a second time changes."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from backend.access import SYSTEM, Actor, ActorKind, Grant, Role
from backend.eligibility import Source
from backend.enterprises import columns, imports, staging
from backend.enterprises.errors import CodeValid, FactInvalid, FileRefused
from backend.enterprises.facts import record
from backend.enterprises.imports import admit, import_registry
from backend.enterprises.models import CONTACT_CHANGED, PHONE_MOVED, Binding, Person
from backend.enterprises.size import statistical_size
from backend.enterprises.values import ValueRefused
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden
from backend.foundation.ids import new_id
from backend.runtime import Runtime
from operations.demo_data import demo_code, demo_registry_csv
from tests.backend.enterprises.builders import code
from tests.backend.enterprises.registry_files import errors_of, imported, registry_file, row_of
from tests.support.sizes import scaled

pytestmark = pytest.mark.usefixtures("database", "clock", "runtime")

ROWS = scaled(9_000)
TODAY = date(2026, 11, 23)
_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WRITES = "SELECT md5(string_agg(xmin::text, '|' ORDER BY id)) FROM enterprises"
_VERSIONS = "SELECT sum(facts_version), sum(version) FROM enterprises"
_SIZES = """
SELECT industry, employees, revenue_wan, assets_wan, statistical_size, is_small_or_micro FROM enterprises
"""
_LOGGED = "SELECT count(*) FROM facts"


async def test_a_city_lands_and_the_same_file_again_changes_nothing(tmp_path: Path, clock: Frozen) -> None:
    path = tmp_path / "registry.csv"
    demo_registry_csv(path, ROWS)
    seen: list[tuple[int, int, int]] = []
    first = await import_registry(path, actor=SYSTEM, progress=lambda *told: seen.append(told), batch=ROWS // 3)
    assert (first.rows, first.new, first.bad, first.error_file) == (ROWS, ROWS, 0, None)
    assert seen[-1][0] == ROWS
    assert seen[-1][1] == seen[-1][2] == path.stat().st_size
    written, logged = await db.fetch_value(_WRITES), await db.fetch_value(_LOGGED)
    versions = await db.fetch_one(_VERSIONS)
    assert logged == ROWS
    clock.advance(timedelta(days=5))
    again = await import_registry(path, actor=SYSTEM)
    assert (again.same, again.new, again.changed, again.as_of) == (ROWS, 0, 0, TODAY)
    assert await db.fetch_value(_WRITES) == written
    await db.execute("UPDATE enterprises SET registry_digest = NULL WHERE uscc < '913305031'")
    slowly = await import_registry(path, actor=SYSTEM)
    assert (slowly.same, slowly.changed) == (ROWS, 0)
    assert await db.fetch_value(_LOGGED) == logged
    assert await db.fetch_one(_VERSIONS) == versions
    await _sizes_agree()


async def _sizes_agree() -> None:
    rows = await db.fetch(_SIZES)
    for row in rows:
        given = {name: row[name] for name in ("employees", "revenue_wan", "assets_wan")}
        size = statistical_size(row["industry"], **given)
        assert row["statistical_size"] == size.tier
        known = {tier in {"small", "micro"} for tier in size.possible}
        assert row["is_small_or_micro"] == (known.pop() if len(known) == 1 else None)


async def test_a_file_is_read_in_every_spelling(tmp_path: Path) -> None:
    header = "企业名称,统一社会信用代码,成立日期,从业人数（人）,资质荣誉,区县,乡镇,行业代码,备注"
    codes = [code(1), f" {code(2).lower()} ", "".join(chr(ord(sign) + 0xFEE0) for sign in code(3))]
    days = ["2020/1/5", "20200105", "2020年1月5日"]
    rows = [
        [
            f"湖州演示{n}店",
            one,
            day,
            "3",
            "高新技术企业（2027-12-31）、科技型中小企业",
            "安吉县",
            "天荒坪镇",
            "f5212",
            "x",
        ]
        for n, (one, day) in enumerate(zip(codes, days, strict=True))
    ]
    path = registry_file(tmp_path / "gb.csv", rows, header.split(","), encoding="gb18030")
    result = await import_registry(path, actor=SYSTEM)
    assert (result.new, result.bad, result.ignored_columns) == (3, 0, ("备注",))
    for number in (1, 2, 3):
        row = await row_of(number)
        assert row["founded_on"] == date(2020, 1, 5)
        assert (row["industry"], row["district"], row["employees"]) == ("F5212", "330523", 3)
        assert row["qualifications"] == ["high_tech", "tech_sme"]
        assert row["resettle_on"] == date(2028, 1, 1)
        assert row["name"].startswith("湖州演示")


async def test_bad_rows_are_told_and_good_ones_land(tmp_path: Path) -> None:
    header = "uscc,name,employees,founded_on,district,town,phone,industry"
    good = [code(1), "演示一店", "3", "2020-01-01", "吴兴区", "月河街道", "13800000000", "5212"]
    bad = {
        "校验位": [code(2)[:-1] + ("A" if code(2)[-1] != "A" else "B"), *good[1:]],
        "18位": ["330500400001780", *good[1:]],
        "不会出现": ["91330521MA2JJJPZ33", *good[1:]],
        "须为整数": [code(3), *good[1:2], "3.5", *good[3:]],
        "负数": [code(4), *good[1:2], "-3", *good[3:]],
        "须为日期": [code(5), *good[1:3], "2020-02-30", *good[4:]],
        "晚于今天": [code(6), *good[1:3], "2030-01-01", *good[4:]],
        "不属于": [code(7), *good[1:4], "安吉县", *good[5:]],
        "湖州市": [code(8), *good[1:4], "杭州市", *good[5:]],
        "手机号": [code(9), *good[1:6], "=cmd()", *good[7:]],
        "小类": [code(10), *good[1:7], "52"],
        "须有名称": [code(11), "", *good[2:]],
        "重复": good,
        "表头为8列": [code(12), "演示"],
        "控制字符": [code(13), "演示\x00店", *good[2:]],
        "过长": [code(14), "演" * 201, *good[2:]],
    }
    result = await imported(tmp_path, [good, *bad.values()], header)
    assert (result.rows, result.new, result.bad) == (len(bad) + 1, 1, len(bad))
    lines = errors_of(result)
    assert [int(line[0]) for line in lines] == list(range(3, len(bad) + 3))
    for line, reason in zip(lines, bad, strict=True):
        assert reason in line[2], line
    assert not any(cell.startswith(("=", "+", "-", "@")) for line in lines for cell in line)


async def test_a_stray_quote_or_byte_is_one_bad_row(tmp_path: Path) -> None:
    path = tmp_path / "broken.csv"
    body = f'uscc,name\r\n{code(1)},\xff\r\n{code(2)},好店\r\n{code(3)},"{"x" * 140_000}\r\n'
    path.write_bytes(body.encode("latin-1", "ignore") if body.isascii() else body.encode("gb18030", "ignore"))
    path.write_bytes(f"uscc,name\r\n{code(1)},".encode() + b"\xff\xff\r\n" + f"{code(2)},ok\r\n{code(3)},".encode()
                     + b'"' + b"x" * 140_000 + b"\r\n")  # fmt: skip
    result = await import_registry(path, actor=SYSTEM)
    assert (result.new, result.bad) == (1, 2)


@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXYIOZSV ", min_size=17, max_size=19), st.booleans())
def test_a_code_is_checked_as_stdnum_checks_it(text: str, is_mended: bool) -> None:
    one = text[:17] + str(uscc.calc_check_digit(text[:17])) if is_mended and set(text[:17]) <= set(_SIGNS) else text
    for told in (one, code(len(text)), "330502" + one[6:]):
        try:
            columns.check_code(told)
        except ValueRefused:
            assert not uscc.is_valid(told) or " " in told
        else:
            assert uscc.is_valid(told)


async def test_a_file_is_a_delta(tmp_path: Path) -> None:
    await imported(tmp_path, [[code(1), "旧名演示", "湖州路1号", "9"]], "uscc,name,address,employees")
    before = await row_of(1)
    result = await imported(tmp_path, [[code(1), "", "吊销"]], "uscc,employees,status")
    row = await row_of(1)
    assert (result.changed, row["name"], row["address"], row["employees"]) == (1, "旧名演示", "湖州路1号", 9)
    assert row["closed_at"] is not None
    assert row["facts_version"] == before["facts_version"] + 1
    result = await imported(tmp_path, [[code(1), "新名演示"]], "uscc,name")
    after = await row_of(1)
    assert (after["name"], after["facts_version"], after["version"]) == (
        "新名演示",
        row["facts_version"],
        row["version"] + 1,
    )


async def test_a_more_trusted_source_stands_and_an_older_file_is_not_taken(tmp_path: Path, clock: Frozen) -> None:
    await imported(tmp_path, [[code(1), "演示店", "9"]], "uscc,name,employees")
    one = await row_of(1)
    await record(one["id"], {"employees": 30}, source=Source.BUREAU, actor=SYSTEM)
    result = await imported(tmp_path, [[code(1), "10"]], "uscc,employees")
    row = await row_of(1)
    assert (result.changed, row["employees"], row["employees_source"], row["conflicts"]) == (1, 30, 4, ["employees"])
    older = await imported(tmp_path, [[code(1), "1"]], "uscc,employees", as_of=TODAY - timedelta(days=9))
    assert "早于库中" in errors_of(older)[0][2]
    clock.advance(timedelta(days=1))
    newer = await imported(tmp_path, [[code(1), "2026-11-24", "30"]], "uscc,数据日期,employees")
    assert newer.changed == 1
    assert (await row_of(1))["conflicts"] == []


async def test_what_a_newer_import_brings_meanwhile_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    day = TODAY - timedelta(days=9)
    await imported(tmp_path, [[code(1), "旧名"]], "uscc,name", as_of=day)
    real_land = staging.land

    async def overtaken(*given: Any, **more: Any) -> Any:
        await db.execute("UPDATE enterprises SET name = '新名', registry_on = $1", TODAY)
        return await real_land(*given, **more)

    monkeypatch.setattr(imports, "land", overtaken)
    await imported(tmp_path, [[code(1), "旧名二"]], "uscc,name", as_of=day + timedelta(days=1))
    row = await row_of(1)
    assert (row["name"], row["registry_on"]) == ("新名", TODAY)


async def test_saying_it_again_later_refreshes_what_goes_stale_and_only_that(tmp_path: Path, clock: Frozen) -> None:
    rows = [[code(1), "演示店", "9", "2020-01-01"]]
    await imported(tmp_path, rows, "uscc,name,employees,founded_on")
    clock.advance(timedelta(days=40))
    await imported(tmp_path, [[*rows[0], ""]], "uscc,name,employees,founded_on,phone")
    row = await row_of(1)
    assert row["employees_on"] == TODAY + timedelta(days=40)
    assert row["founded_on_on"] == TODAY


async def test_a_changed_phone_makes_bindings_prove_themselves_again(tmp_path: Path, runtime: Runtime) -> None:
    header = "uscc,name,representative,phone"
    await imported(tmp_path, [[code(1), "演示店", "王芳", "13800000001"]], header)
    one = await row_of(1)
    shown = runtime.vault.decrypt(one["phone_sealed"], table="enterprises", column="phone_sealed", row=one["id"])
    assert shown == "13800000001"
    kept, moved = await _binding(one["id"], rests=False), await _binding(one["id"], rests=True)
    lost = await _binding(one["id"], rests=True)
    await Binding.filter(id=lost).update(state="read_only", prove_by=clock_module.now(), reason=PHONE_MOVED)
    await imported(tmp_path, [[code(1), "演示店", "王芳", "138 0000 0001"]], header)
    assert (await Binding.get(id=moved)).state == "active"
    result = await imported(tmp_path, [[code(1), "演示店", "王芳", "13800000002"]], header)
    assert result.changed == 1
    bound = await Binding.get(id=moved)
    assert (bound.state, bound.prove_by) == ("read_only", clock_module.now() + timedelta(days=30))
    assert (await Binding.get(id=kept)).state == "active"
    assert (await Binding.get(id=lost)).reason == CONTACT_CHANGED
    assert await db.fetch_value("SELECT count(*) FROM outbox WHERE topic = $1", staging.CONTACT_TOPIC) == 1


async def _binding(enterprise_id: UUID, *, rests: bool) -> UUID:
    now = clock_module.now()
    person = await Person.create(created_at=now)
    return (
        await Binding.create(
            person_id=person.id,
            enterprise_id=enterprise_id,
            role="manager",
            state="active",
            basis="registered_phone" if rests else "review",
            rests_on_contact=rests,
            created_at=now,
        )
    ).id


async def test_a_new_index_key_changes_nobodys_phone(tmp_path: Path, runtime: Runtime) -> None:
    await imported(tmp_path, [[code(1), "演示店", "13800000001"]], "uscc,name,phone")
    before = await row_of(1)
    rotated = {"i2": b"x" * 32, **runtime.vault.index}
    object.__setattr__(runtime.vault, "index", rotated)
    result = await imported(tmp_path, [[code(1), "演示店", "13800000001", ""]], "uscc,name,phone,address")
    assert (result.same, (await row_of(1))["phone_index"]) == (1, before["phone_index"])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "空"),
        ("名称,电话\r\n".encode(), "统一社会信用代码"),
        ("uscc,名称,企业名称\r\n".encode(), "同一内容"),
        (b"PK\x03\x04\x00\x00", "不完整"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "另存为"),
    ],
)
async def test_what_is_no_registry_file_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "no.csv"
    path.write_bytes(content)
    with pytest.raises(FileRefused) as refusal:
        await import_registry(path, actor=SYSTEM)
    assert sentence in refusal.value.detail
    with pytest.raises(FileRefused):
        await import_registry(tmp_path / "missing.csv", actor=SYSTEM)


@pytest.mark.parametrize(
    ("day", "sentence"), [(TODAY + timedelta(days=1), "晚于今天"), (date.max, "晚于今天"), (date.min, "早于2000-01-01")]
)
async def test_a_day_that_cannot_be_is_refused(tmp_path: Path, day: date, sentence: str) -> None:
    path = registry_file(tmp_path / "x.csv", [[code(1), "店", "1999-12-31"]], ["uscc", "name", "数据日期"])
    with pytest.raises(FileRefused, match=sentence):
        await import_registry(path, actor=SYSTEM, as_of=day)
    assert await db.fetch_value("SELECT count(*) FROM registry_imports") == 0
    assert "早于2000-01-01" in errors_of(await import_registry(path, actor=SYSTEM))[0][2]


async def test_importing_needs_the_permission(tmp_path: Path) -> None:
    visitor = Actor(ActorKind.STAFF, new_id(), grants=(Grant(Role.VISITOR),))
    with pytest.raises(Forbidden):
        await import_registry(tmp_path / "x.csv", actor=visitor)


async def test_a_pilot_code_comes_in_with_a_reason(tmp_path: Path) -> None:
    pilot = "91350211M00013FA1N"
    path = registry_file(tmp_path / "pilot.csv", [[pilot, "演示试点企业"]], ["uscc", "name"])
    assert (await import_registry(path, actor=SYSTEM)).bad == 1
    with pytest.raises(FactInvalid):
        await admit(pilot, reason=" ", actor=SYSTEM)
    with pytest.raises(FactInvalid):
        await admit("9135021", reason="试点", actor=SYSTEM)
    with pytest.raises(CodeValid):
        await admit(demo_code(1, "91", "330502"), reason="试点", actor=SYSTEM)
    await admit(pilot.lower(), reason="2015年试点发放，已核对营业执照", actor=SYSTEM)
    again = await import_registry(path, actor=SYSTEM)
    assert (again.new, again.bad) == (1, 0)
