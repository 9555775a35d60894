"""The two SQL predicates: agreement with Python on generated enterprises, and their shape."""

import random
import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.eligibility import (
    SQL_TYPES,
    CatalogueChanged,
    RuleSet,
    Source,
    Verdict,
    compile_rule,
    evaluate,
    facts_from_row,
    load_catalogue,
    parse,
)
from tests.backend.eligibility.examples import AS_OF, CATALOGUE, known, leaf, random_facts, rules
from tests.support.servers import Servers
from tests.support.sizes import scaled

ENTERPRISES, RULES = 2_000, 8
EXAMPLES = scaled(10)
COLUMNS = [column for fact in CATALOGUE.values() for column in (fact.column, fact.source_column, fact.on_column)]
TABLE = ", ".join(
    f"{fact.column} {SQL_TYPES[fact.type]}, {fact.source_column} smallint, {fact.on_column} date"
    for fact in CATALOGUE.values()
)
ANSWERS = {(True, False): Verdict.YES, (False, True): Verdict.NO, (False, False): Verdict.UNKNOWN}


@pytest.fixture
async def connection(servers: Servers) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(servers.postgres_url)
    await connection.execute(f"CREATE TEMP TABLE enterprises (id int PRIMARY KEY, {TABLE})")
    yield connection
    await connection.close()


def row(number: int, facts: dict[str, Any]) -> tuple[Any, ...]:
    cells = [tuple(facts[key]) if key in facts else (None, None, None) for key in CATALOGUE]
    return (number, *(cell for triple in cells for cell in triple))


async def fill(connection: asyncpg.Connection, enterprises: list[dict[str, Any]]) -> None:
    await connection.execute("TRUNCATE enterprises")
    records = [row(number, facts) for number, facts in enumerate(enterprises)]
    await connection.copy_records_to_table("enterprises", records=records, columns=["id", *COLUMNS])


async def ask(connection: asyncpg.Connection, parsed: list[Any], as_of: date) -> list[list[Verdict]]:
    """All rules about all enterprises in one statement: both predicates of a rule share its parameters."""
    selected: list[str] = []
    params: list[Any] = []
    for rule in parsed:
        compiled = compile_rule(rule, CATALOGUE, as_of, first_param=len(params) + 1)
        assert compiled.surely.params == compiled.surely_not.params
        selected += [compiled.surely.sql, compiled.surely_not.sql]
        params += compiled.surely.params
    records = await connection.fetch(f"SELECT {', '.join(selected)} FROM enterprises e ORDER BY id", *params)
    return [[ANSWERS[record[2 * at], record[2 * at + 1]] for at in range(len(parsed))] for record in records]


@pytest.fixture
async def city(connection: asyncpg.Connection) -> list[dict[str, Any]]:
    """Enterprises of whom much is unknown, stale or told by the wrong source; they stand in the table."""
    rng = random.Random(20261122)
    enterprises = [random_facts(rng) for _ in range(ENTERPRISES)]
    await fill(connection, enterprises)
    return enterprises


@settings(max_examples=EXAMPLES)
@given(st.lists(rules(), min_size=RULES, max_size=RULES), st.sampled_from([0, 0, 31, -400, 364, 365]))
async def test_three_executions_agree(
    connection: asyncpg.Connection, city: list[dict[str, Any]], written: list[Any], days: int
) -> None:
    """160,000 pairs of rule and enterprise: SQL, the plain evaluator, and the rules all at once."""
    as_of = AS_OF + timedelta(days=days)
    parsed = [parse(one, CATALOGUE) for one in written]
    at_once = RuleSet(dict(enumerate(parsed)), as_of)
    for facts, answered in zip(city, await ask(connection, parsed, as_of), strict=True):
        assert answered == [evaluate(rule, facts, as_of) for rule in parsed]
        assert answered == list(at_once.answer(facts).verdicts.values())


async def test_every_bound_is_met_on_both_sides(connection: asyncpg.Connection) -> None:
    """Days of evaluation on which a value is just valid, a span just ends, or a month is short."""
    values = {"employees": 300, "founded": date(2024, 2, 29), "qualifications": ["专精特新"], "licence_ends": AS_OF}
    facts = {key: known(value, Source.BUREAU, date(2025, 2, 28)) for key, value in values.items()}
    facts["founded"] = known(values["founded"])
    await fill(connection, [facts, {}])
    written = [
        leaf("employees", "le", 300),
        leaf("founded", "within", {"years": 1}),
        {"not": leaf("founded", "within", {"months": 12, "days": 1})},
        leaf("qualifications", "lacks_tag", "专精特新"),
        leaf("licence_ends", "before", "as_of"),
    ]
    parsed = [parse(one, CATALOGUE) for one in written]
    edges = [date(2025, 2, 28), date(2025, 3, 1), date(2025, 3, 30), date(2025, 3, 31), date(2026, 2, 28), AS_OF]
    for as_of in (*edges, date(2026, 3, 1), AS_OF + timedelta(days=1), date(1900, 1, 1), date(2199, 12, 31)):
        expected = [[evaluate(rule, one, as_of) for rule in parsed] for one in (facts, {})]
        assert await ask(connection, parsed, as_of) == expected


async def test_an_empty_row_is_in_neither_set_and_a_register_answers(connection: asyncpg.Connection) -> None:
    await fill(connection, [{}])
    parsed = [
        parse(one, CATALOGUE)
        for one in (leaf("employees", "ne", 1), leaf("licence", "absent"), leaf("licence", "exists"))
    ]
    assert await ask(connection, parsed, AS_OF) == [[Verdict.UNKNOWN, Verdict.YES, Verdict.NO]]


async def test_a_value_without_source_or_day_counts_for_nothing(connection: asyncpg.Connection) -> None:
    """The table forbids such rows; were there one, neither execution may take it for known."""
    await fill(connection, [{"employees": (5, None, None), "founded": (AS_OF, 3, AS_OF), "industry": ("C1", 3, AS_OF)}])
    parts = [leaf("employees", "ge", 1), leaf("founded", "on_or_before", "as_of"), leaf("industry", "prefix", "C")]
    rule = parse({"at_least": {"count": 2, "of": parts}}, CATALOGUE)
    surely = compile_rule(rule, CATALOGUE, AS_OF).surely
    record = (await connection.fetch("SELECT * FROM enterprises"))[0]
    assert evaluate(rule, facts_from_row(dict(record), CATALOGUE.values()), AS_OF) is Verdict.YES
    assert await connection.fetchval(f"SELECT {surely.sql} FROM enterprises e", *surely.params)
    alone = compile_rule(parse(parts[0], CATALOGUE), CATALOGUE, AS_OF)
    for predicate in (alone.surely, alone.surely_not):
        counted = f"SELECT count(*) FROM enterprises e WHERE {predicate.sql}"
        assert await connection.fetchval(counted, *predicate.params) == 0


async def test_many_branches_are_looked_up_by_length(connection: asyncpg.Connection) -> None:
    branches = ["C", *(f"F{number}" for number in range(10, 40)), "A0111"]
    codes = ["C", "C1711", "F", "F1", "F3999", "F4", "A011", "A0111", "B"]
    await fill(connection, [{"industry": known(code)} for code in codes])
    written = leaf("industry", "prefix", branches)
    answers = await ask(connection, [parse(written, CATALOGUE), parse({"not": written}, CATALOGUE)], AS_OF)
    assert [one.value for one, _ in answers] == ["yes", "yes", "no", "no", "yes", "no", "no", "yes", "no"]
    assert all((one is Verdict.YES) is (other is Verdict.NO) for one, other in answers)


async def test_an_index_serves_a_leaf(connection: asyncpg.Connection) -> None:
    await connection.execute("INSERT INTO enterprises (id) SELECT generate_series(1, 20000)")
    await connection.execute(
        "UPDATE enterprises SET industry = 'C' || id, industry_source = 3, industry_on = '2026-01-01'"
    )
    await connection.execute("CREATE INDEX ON enterprises (industry); ANALYZE enterprises")
    rule = parse({"all": [leaf("industry", "prefix", "C1999")]}, CATALOGUE)
    surely = compile_rule(rule, CATALOGUE, AS_OF).surely
    plan = await connection.fetch(f"EXPLAIN SELECT id FROM enterprises e WHERE {surely.sql}", *surely.params)
    assert "Index" in "\n".join(line[0] for line in plan)


def test_leaf_is_value_and_source_and_validity_and_not_null() -> None:
    compiled = compile_rule(parse(leaf("employees", "le", 300), CATALOGUE), CATALOGUE, AS_OF, "x", 7)
    assert compiled.surely.sql == (
        "(x.employees IS NOT NULL AND x.employees <= $7::bigint"
        " AND x.employees_source IN (1, 3, 4) AND x.employees_on >= $8::date)"
    )
    assert compiled.surely_not.sql == compiled.surely.sql.replace("<=", ">")
    assert compiled.surely.params == (300, date(2025, 11, 22))


def test_equal_values_share_a_parameter() -> None:
    rule = parse({"all": [leaf("employees", "ge", 5), leaf("employees", "le", 5)]}, CATALOGUE)
    assert compile_rule(rule, CATALOGUE, AS_OF).surely.params == (5, date(2025, 11, 22))


@given(rules())
def test_no_value_is_written_into_the_sql_and_every_parameter_is_used(rule_json: Any) -> None:
    compiled = compile_rule(parse(rule_json, CATALOGUE), CATALOGUE, AS_OF)
    for predicate in (compiled.surely, compiled.surely_not):
        used = {int(number) for number in re.findall(r"\$(\d+)", predicate.sql)}
        assert used == set(range(1, len(predicate.params) + 1))
        assert predicate.sql.isascii()
        assert "CASE" not in predicate.sql


@pytest.mark.parametrize("alias", ["", "e;", "e e", "E", "1e"])
def test_refuses_what_is_no_alias(alias: str) -> None:
    with pytest.raises(ValueError, match="alias"):
        compile_rule(parse(leaf("employees", "le", 1), CATALOGUE), CATALOGUE, AS_OF, alias)


def test_refuses_a_catalogue_that_tells_the_fact_differently() -> None:
    rule = parse(leaf("founded", "within", {"years": 1}), CATALOGUE)
    other = load_catalogue([{"key": "founded", "title": "成立日期", "type": "date", "sources": [Source.BANK.name]}])
    with pytest.raises(CatalogueChanged):
        compile_rule(rule, other, AS_OF)
