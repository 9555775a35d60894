"""What counted earlier is rebuilt from the log exactly as the wide row once held it."""

import random
from datetime import date, timedelta
from pathlib import Path

import pytest

from backend.access import SYSTEM
from backend.eligibility import Source, Value, facts_from_row
from backend.enterprises import settling
from backend.enterprises.catalogue import CATALOGUE
from backend.enterprises.facts import record
from backend.enterprises.replay import facts_at
from backend.foundation import clock as clock_module
from backend.foundation.clock import Frozen
from tests.backend.enterprises.builders import enterprise, wide
from tests.backend.enterprises.histories import found, last_fact, something_happens
from tests.support.sizes import scaled

pytestmark = pytest.mark.usefixtures("database", "runtime", "clock")

TODAY = date(2026, 11, 23)
FACTS = tuple(CATALOGUE.values())


async def test_every_row_ever_settled_is_rebuilt(clock: Frozen, tmp_path: Path) -> None:
    by = random.Random(scaled(12))
    enterprises = await found(scaled(50))
    seen = []
    for _ in range(6):
        await something_happens(enterprises, by, clock, tmp_path)
        for one in by.sample(enterprises, k=max(1, len(enterprises) // 5)):
            await settling.settle_one_due(one)
            held = facts_from_row(await wide(one), FACTS)
            seen.append((one, await last_fact(one), clock_module.today(), held))
    for one, last, day, held in seen:
        assert await facts_at(one, last, day, FACTS) == held


async def test_before_anything_was_told_nothing_counts() -> None:
    one = await enterprise()
    await record(one, {"employees": 30}, source=Source.SELF_DECLARED, actor=SYSTEM)
    assert await facts_at(one, 0, TODAY, FACTS) == {}
    assert await facts_at(one, await last_fact(one), TODAY, ()) == {}


async def test_what_is_derived_is_rebuilt_without_asking_for_what_it_rests_on() -> None:
    one = await enterprise()
    await record(one, {"industry": "5212", "employees": 400}, source=Source.REGISTRY, actor=SYSTEM)
    before = await last_fact(one)
    await record(one, {"employees": 5, "revenue_wan": 90}, source=Source.BUREAU, actor=SYSTEM)
    size = CATALOGUE["statistical_size"]
    assert await facts_at(one, before, TODAY, [size]) == {}
    assert await facts_at(one, await last_fact(one), TODAY, [size]) == {
        size.key: Value("micro", int(Source.REGISTRY), TODAY)
    }


async def test_one_row_is_settled_ahead_of_the_daily_job_when_it_is_due(clock: Frozen) -> None:
    one, other = await enterprise(1), await enterprise(2)
    for shop in (one, other):
        await record(shop, {"qualifications": {"high_tech": TODAY}}, source=Source.BUREAU, actor=SYSTEM)
    await settling.settle_one_due(one)
    assert (await wide(one))["qualifications"] == ["high_tech"]
    clock.advance(timedelta(days=1))
    await settling.settle_one_due(one)
    assert (await wide(one))["qualifications"] == []
    assert (await wide(other))["qualifications"] == ["high_tech"]
