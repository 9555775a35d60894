"""What is told, what counts, and that order does not matter."""

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.access import SYSTEM
from backend.eligibility import Source
from backend.enterprises import settling
from backend.enterprises.catalogue import CATALOGUE
from backend.enterprises.errors import EnterpriseUnknown, FactInvalid
from backend.enterprises.facts import Telling, record, record_many
from backend.enterprises.size import statistical_size
from backend.foundation import db
from backend.foundation.clock import Frozen
from tests.backend.enterprises.builders import enterprise, wide
from tests.support.sizes import scaled

pytestmark = pytest.mark.usefixtures("database", "clock")

TODAY = date(2026, 11, 23)
REGISTRY, BUREAU, BANK, SELF = Source.REGISTRY, Source.BUREAU, Source.BANK, Source.SELF_DECLARED


async def test_a_value_is_copied_with_source_and_day() -> None:
    one = await enterprise()
    told = {
        "employees": 12,
        "revenue_wan": "350.50",
        "industry": "5212",
        "district": "南浔区",
        "vat_payer_kind": "general",
    }
    done = await record(one, {k: told[k] for k in ("employees", "revenue_wan")}, source=SELF, actor=SYSTEM)
    assert set(done.changed) == {"employees", "revenue_wan"}
    await record(one, {"industry": "5212", "district": "南浔区"}, source=REGISTRY, actor=SYSTEM)
    row = await wide(one)
    assert (row["employees"], row["employees_source"], row["employees_on"]) == (12, 1, TODAY)
    assert row["revenue_wan"] == Decimal("350.5")
    assert row["industry"] == "F5212"
    assert row["district"] == "330503"
    assert (row["region"], row["region_source"]) == ("330503", 3)
    assert (row["statistical_size"], row["statistical_size_source"]) == ("small", 1)
    assert row["is_sme"] is True


async def test_the_most_trusted_valid_value_counts_then_the_newest(clock: Frozen) -> None:
    one = await enterprise()
    await record(one, {"employees": 30}, source=BUREAU, actor=SYSTEM, as_of=TODAY - timedelta(days=549))
    await record(one, {"employees": 25}, source=SELF, actor=SYSTEM)
    row = await wide(one)
    assert (row["employees"], row["conflicts"]) == (30, ["employees"])
    assert row["resettle_on"] == TODAY + timedelta(days=2)
    clock.advance(timedelta(days=2))
    assert await settling.settle_due() == 1
    row = await wide(one)
    assert (row["employees"], row["employees_source"], row["conflicts"]) == (25, 1, [])
    assert await settling.settle_due() == 0


async def test_tags_end_with_their_last_valid_day(clock: Frozen) -> None:
    one = await enterprise()
    until = TODAY + timedelta(days=1)
    await record(one, {"qualifications": {"high_tech": until, "创新型中小企业": None}}, source=BUREAU, actor=SYSTEM)
    assert (await wide(one))["qualifications"] == ["high_tech", "innovative_sme"]
    clock.advance(timedelta(days=2))
    assert await settling.settle_due() == 1
    assert (await wide(one))["qualifications"] == ["innovative_sme"]


async def test_telling_again_changes_nothing() -> None:
    one, other = await enterprise(1), await enterprise(2)
    await record(one, {"employees": 5, "has_ip": True}, source=SELF, actor=SYSTEM)
    before = await wide(one)
    assert (await record(one, {"has_ip": "是", "employees": "5"}, source=SELF, actor=SYSTEM)).changed == ()
    await record(one, {"employees": 9}, source=SELF, actor=SYSTEM, as_of=TODAY - timedelta(days=3))
    await record(one, {"employees": 9}, source=SELF, actor=SYSTEM, as_of=TODAY - timedelta(days=3))
    await record(other, {"employees": 7}, source=SELF, actor=SYSTEM)
    assert await wide(one) == before
    assert await db.fetch_value("SELECT count(*) FROM facts WHERE enterprise_id = $1", one) == 2


async def test_a_correction_on_the_same_day_counts_even_back_to_the_first_value() -> None:
    one = await enterprise()
    for value in (5, 6, 5):
        await record(one, {"employees": value}, source=SELF, actor=SYSTEM)
        assert (await wide(one))["employees"] == value


async def test_striking_off_is_noted_once() -> None:
    one = await enterprise()
    await record(one, {"status": "注销"}, source=REGISTRY, actor=SYSTEM)
    await record(one, {"status": "注销"}, source=BUREAU, actor=SYSTEM)
    assert (await wide(one))["closed_at"] is not None
    assert await db.fetch_value("SELECT count(*) FROM outbox WHERE topic = $1", settling.CLOSED_TOPIC) == 1
    await record(one, {"status": "active"}, source=REGISTRY, actor=SYSTEM)
    assert (await wide(one))["closed_at"] is None


@pytest.mark.parametrize(
    ("values", "source"),
    [
        ({"employees": -1}, SELF),
        ({"employees": 1.5}, SELF),
        ({"employees": True}, SELF),
        ({"employees": "1e3"}, SELF),
        ({"employees": 10**400}, SELF),
        ({"revenue_wan": "NaN"}, SELF),
        ({"revenue_wan": float("inf")}, SELF),
        ({"founded_on": "2026-13-01"}, REGISTRY),
        ({"founded_on": "2027-01-01"}, REGISTRY),
        ({"entity_type": "enterprise\x00"}, REGISTRY),
        ({"industry": "52"}, REGISTRY),
        ({"industry": "9999"}, REGISTRY),
        ({"district": "330106"}, REGISTRY),
        ({"statistical_size": "micro"}, BUREAU),
        ({"nothing_known": 1}, SELF),
        ({"licences": "food_business"}, REGISTRY),
        ({"licences": ["不存在"]}, REGISTRY),
        ({"founded_on": "2020-01-01"}, SELF),
        ({}, SELF),
    ],
)
async def test_bad_values_are_refused_in_chinese(values: dict[str, Any], source: Source) -> None:
    with pytest.raises(FactInvalid) as refusal:
        await record(uuid4(), values, source=source, actor=SYSTEM)
    assert refusal.value.detail.endswith("。")


async def test_an_unknown_enterprise_or_a_day_to_come_records_nothing() -> None:
    one = await enterprise()
    with pytest.raises(EnterpriseUnknown):
        await record_many(
            [Telling(one, {"employees": 1}, TODAY), Telling(uuid4(), {"employees": 1}, TODAY)],
            source=SELF,
            actor=SYSTEM,
        )
    with pytest.raises(FactInvalid):
        await record(one, {"employees": 1}, source=SELF, actor=SYSTEM, as_of=TODAY + timedelta(days=1))
    assert await db.fetch_value("SELECT count(*) FROM facts") == 0


VALUES = {
    "employees": st.integers(0, 1200),
    "revenue_wan": st.decimals(0, 50_000, places=2),
    "industry": st.sampled_from(["5212", "1310", "7020", "5910", "J6610", "6210", "8411"]),
    "listings": st.sets(st.sampled_from(["abnormal", "seriously_illegal"])),
    "town": st.sampled_from(["330502001", "330503100"]),
    "district": st.sampled_from(["330502", "330503", "3305NTH"]),
}


@st.composite
def tellings(draw: st.DrawFn) -> list[Any]:
    """Different tellings: no two of one source for one day."""
    found = []
    for source, days in draw(st.sets(st.tuples(st.sampled_from(list(Source)), st.integers(0, 900)), max_size=6)):
        keys = [key for key in VALUES if source in CATALOGUE[key].sources]
        keys = draw(st.sets(st.sampled_from(keys), min_size=1))
        found.append((source, TODAY - timedelta(days=days), {key: draw(VALUES[key]) for key in sorted(keys)}))
    return found


def _counting(told: list[Any]) -> dict[str, Any]:
    """What must count, told again in plain Python."""
    best = {}
    for key in list(VALUES):
        fact = CATALOGUE[key]
        newest = {}
        for source, as_of, values in told:
            if key in values and (source not in newest or as_of > newest[source][0]):
                newest[source] = (as_of, values[key])
        if newest:
            holds = fact.holds_for
            order = sorted(newest, key=lambda s: (holds and newest[s][0] < TODAY - holds, fact.sources.index(s)))
            best[key] = (*newest[order[0]], order[0])
    return best


@settings(max_examples=scaled(25), suppress_health_check=list(HealthCheck))
@given(told=tellings(), order=st.randoms(use_true_random=False))
async def test_the_order_of_recording_does_not_matter(told: list[Any], order: random.Random) -> None:
    rows, count = [], await db.fetch_value("SELECT count(*) FROM enterprises")
    shuffled = list(told)
    order.shuffle(shuffled)
    for sequence in (told, shuffled):
        one = await enterprise(count + len(rows))
        for source, as_of, values in sequence:
            await record(one, values, source=source, actor=SYSTEM, as_of=as_of)
        row = await wide(one)
        own = {"id", "uscc", "facts_version", "version", "resettle_on"}
        rows.append({column: value for column, value in row.items() if column not in own})
    assert rows[0] == rows[1]
    for key, (as_of, value, source) in _counting(told).items():
        assert (rows[0][f"{key}_on"], rows[0][f"{key}_source"]) == (as_of, int(source))
        if key in {"employees", "revenue_wan"}:
            assert rows[0][key] == value
    expected = statistical_size(
        rows[0]["industry"], **{name: rows[0][name] for name in ("employees", "revenue_wan", "assets_wan")}
    )
    assert rows[0]["statistical_size"] == expected.tier


async def test_a_hundred_tellings_take_as_many_statements_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [await enterprise(number) for number in range(30)]
    counted = []
    fetch = db.fetch

    async def counting(sql: str, *params: Any) -> list[Any]:
        counted.append(sql)
        return await fetch(sql, *params)

    monkeypatch.setattr(db, "fetch", counting)
    await record_many([Telling(ids[0], {"employees": 3}, TODAY)], source=SELF, actor=SYSTEM)
    once = len(counted)
    await record_many([Telling(one, {"employees": 4}, TODAY) for one in ids], source=SELF, actor=SYSTEM)
    assert len(counted) == 2 * once
