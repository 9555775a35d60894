"""Whom a version would reach: as the evaluator answers each enterprise, within what the reader may see, in time."""

import random
from collections import Counter
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from backend.access import Actor, ActorKind, Grant, Role
from backend.eligibility import AsOfInvalid, RuleInvalid, Value, explain, facts_from_row, parse
from backend.eligibility.explanation import Clause, Part
from backend.enterprises.audience import ANSWERS
from backend.enterprises.catalogue import CATALOGUE
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.policies import errors, service
from backend.policies.editing import audience
from backend.runtime import Runtime
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.people import CITATION, DESK, REVIEWER, WRITER, content, leaf, published
from tests.benches.population import generated_rule, populate
from tests.support.running import make_settings, run

pytestmark = pytest.mark.usefixtures("running")

ENTERPRISES = 300


async def _all_facts() -> list[tuple[dict[str, Any], dict[str, Value]]]:
    rows = [dict(row) for row in await db.fetch("SELECT * FROM enterprises")]
    return [(row, facts_from_row(row, CATALOGUE.values())) for row in rows]


def _clauses(part: Part) -> list[Clause]:
    return [part] if isinstance(part, Clause) else [clause for inner in part.parts for clause in _clauses(inner)]


def _expected(
    rule_json: dict[str, Any], known: list[Any], day: date
) -> tuple[Counter[Any], Counter[str], Counter[str]]:
    """Count by the evaluator: places with answers, facts that the undecided lack, those that lack one alone."""
    rule = parse(rule_json, CATALOGUE)
    places: Counter[Any] = Counter()
    lacking: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    for row, facts in known:
        told = explain(rule, facts, day, CATALOGUE)
        places[row["district"], row["entity_type"], row["statistical_size"], told.verdict.value] += 1
        if told.verdict == "unknown":
            missing = {clause.fact.key for clause in _clauses(told.root) if clause.verdict == "unknown"}
            lacking.update(missing)
            alone.update(missing if len(missing) == 1 else ())
    return places, lacking, alone


def _told(preview: dict[str, Any]) -> tuple[Counter[Any], Counter[str], Counter[str]]:
    places: Counter[Any] = Counter()
    for group in preview["groups"]:
        for answer in ANSWERS:
            places[group["district"], group["entity_type"], group["size"], answer] += group[answer]
    missing = preview["missing"]
    return (
        +places,
        Counter({one["fact"]: one["enterprises"] for one in missing}),
        +Counter({one["fact"]: one["alone"] for one in missing}),
    )


_WRITTEN: list[dict[str, Any]] = [
    {"not": {"any": [leaf("has_ip", "eq", True), {"all": [leaf("rd_percent", "ge", 5), leaf("employees", "le", 20)]}]}},
    {
        "at_least": {
            "count": 2,
            "of": [
                leaf("founded_on", "within", {"years": 3}),
                leaf("qualifications", "has_tag", ["high_tech"]),
                {**leaf("revenue_wan", "le", 500), "sources": ["bureau"]},
            ],
        }
    },
    {"fact": "licences", "op": "exists", "citation": CITATION},
]


def _rules() -> list[dict[str, Any]]:
    chance = random.Random(7)
    return [*_WRITTEN, *(generated_rule(chance) for _ in range(8))]


async def test_counts_are_the_evaluators_on_any_day() -> None:
    await populate(ENTERPRISES)
    known = await _all_facts()
    days = [clock.today(), clock.today() + timedelta(days=400), clock.today() - timedelta(days=900)]
    for number, rule in enumerate(_rules()):
        made = await service.draft(content(f"第{number}项", rule), actor=WRITER)
        for day in days:
            told = await audience.preview(REVIEWER, made.id, as_of=day)
            assert _told(told) == _expected(rule, known, day), (rule, day)
            assert sum(told[answer] for answer in ANSWERS) == ENTERPRISES
            assert sum(place["yes"] for place in told["by_district"]) == told["yes"]


async def test_what_a_next_version_gains_and_loses_is_counted() -> None:
    for number, employees in enumerate([3, 8, 15, 15, 60, None]):
        await enterprise(number, employees=employees) if employees else await enterprise(number)
    done = await published(rule=leaf("employees", "le", 10))
    alone = await audience.preview(REVIEWER, done.id)
    assert (alone["edition"], alone["difference"]) == (1, None)
    wider = content(rule=leaf("employees", "between", [5, 20]))
    await service.edit(done.id, wider, actor=WRITER, version=done.version)
    told = await audience.preview(REVIEWER, done.id)
    assert told["difference"] == {
        "edition": 1,
        "gains": 2,
        "loses": 1,
        "stays": 3,
        "moves": [
            {"before": "yes", "after": "yes", "enterprises": 1},
            {"before": "yes", "after": "no", "enterprises": 1},
            {"before": "unknown", "after": "unknown", "enterprises": 1},
            {"before": "no", "after": "yes", "enterprises": 2},
            {"before": "no", "after": "no", "enterprises": 1},
        ],
    }
    with pytest.raises(errors.EditionUnknown):
        await audience.preview(REVIEWER, done.id, against=3)
    assert (await audience.preview(REVIEWER, done.id, against=1))["difference"] == told["difference"]


async def test_an_earlier_rule_that_is_left_behind_is_not_compared_with() -> None:
    await enterprise(employees=3)
    done = await published()
    await service.edit(done.id, content(rule=leaf("employees", "le", 9)), actor=WRITER, version=done.version)
    await db.execute(
        "UPDATE policy_versions SET rule_hash = 'gone', rule = '{\"fact\": \"gone\"}' WHERE state = 'published'"
    )
    told = await audience.preview(REVIEWER, done.id)
    assert (told["yes"], told["difference"]) == (1, None)


async def test_everybody_counts_the_districts_of_his_grants() -> None:
    for number, district in enumerate(["330502", "330502", "330521"]):
        await enterprise(number, employees=3, district=district)
    await enterprise(3, employees=3)
    done = await published()

    async def seen(*districts: str, role: Role = Role.REVIEWER) -> dict[str | None, int]:
        reader = Actor(ActorKind.STAFF, UUID(int=9), "", (Grant(role, districts=districts),))
        told = await audience.preview(reader, done.id)
        return {place["district"]: place["yes"] for place in told["by_district"]}

    assert await seen() == {"330502": 2, "330521": 1, None: 1}
    assert await seen("330521") == {"330521": 1}
    assert await seen("330521", "330502") == {"330502": 2, "330521": 1}
    assert await seen("330523") == {}


async def test_the_closed_are_not_counted() -> None:
    one = await enterprise(employees=3)
    done = await published()
    await db.execute("UPDATE enterprises SET closed_at = now() WHERE id = $1", one)
    assert (await audience.preview(REVIEWER, done.id))["yes"] == 0


async def test_what_cannot_be_previewed_is_told() -> None:
    done = await published()
    with pytest.raises(errors.PolicyUnknown):
        await audience.preview(REVIEWER, new_id())
    for day in (date(1, 1, 1), date(1899, 12, 31), date(2200, 1, 1)):
        with pytest.raises(AsOfInvalid):
            await audience.preview(REVIEWER, done.id, as_of=day)
    await db.execute('UPDATE policy_versions SET rule = \'{"fact": "gone"}\'')
    with pytest.raises(RuleInvalid):
        await audience.preview(DESK, done.id)


async def test_a_rule_of_400_nodes_is_counted() -> None:
    await populate(20)
    keys = [fact.key for fact in CATALOGUE.values() if fact.askable and fact.type == "decimal"]
    rule = {"any": [leaf(keys[number % len(keys)], "ge", number) for number in range(399)]}
    made = await service.draft(content(rule=rule), actor=WRITER)
    told = await audience.preview(REVIEWER, made.id)
    assert sum(told[answer] for answer in ANSWERS) == 20
    assert len(told["missing"]) == len(keys)


async def test_a_preview_that_takes_too_long_is_stopped_and_leaves_the_connection_whole(
    running: Runtime, database: str, redis_url: str
) -> None:
    rule = {"any": [leaf("employees", "eq", number) for number in range(399)]}
    made = await service.draft(content(rule=rule), actor=WRITER)
    blocker = await asyncpg.connect(database)
    try:
        async with run(make_settings(database, redis_url, preview_seconds=1), running.redis), blocker.transaction():
            await blocker.execute("LOCK TABLE enterprises IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(errors.PreviewTooSlow):
                await audience.preview(REVIEWER, made.id)
            assert await db.fetch_value("SHOW statement_timeout") == "0"
    finally:
        await blocker.close()
    assert (await audience.preview(REVIEWER, made.id))["no"] == 0
