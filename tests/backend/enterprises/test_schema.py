"""The wide row is built by the catalogue, and nothing stands in it that the catalogue doesn't name."""

import asyncpg
import pytest

from backend.eligibility import SQL_TYPES
from backend.enterprises.catalogue import CATALOGUE, DERIVED, INTERNAL, columns
from backend.foundation import db

pytestmark = pytest.mark.usefixtures("database")

_COLUMNS = """
SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
WHERE attrelid = 'enterprises'::regclass AND attnum > 0 AND NOT attisdropped
"""


async def test_wide_columns_are_the_catalogues() -> None:
    found = {row["name"]: row["type"] for row in await db.fetch(_COLUMNS)}
    expected = {}
    for fact in CATALOGUE.values():
        types = (SQL_TYPES[fact.type], "smallint", "date")
        expected.update(dict(zip(columns(fact), types, strict=True)))
    assert {name: found.get(name) for name in expected} == expected
    strays = {name for name in found.keys() - expected.keys() if name.endswith("_source")}
    assert strays == set()


async def test_a_value_needs_its_source_and_its_day() -> None:
    checked = await db.fetch(
        "SELECT conname FROM pg_constraint WHERE conrelid = 'enterprises'::regclass AND conname LIKE '%\\_whole'"
    )
    assert {row["conname"] for row in checked} == {f"{fact.column}_whole" for fact in CATALOGUE.values()}
    with pytest.raises(asyncpg.CheckViolationError):
        await db.execute(
            "INSERT INTO enterprises (id, uscc, name, created_at, employees)"
            " VALUES (uuidv7(), '91330521MA2JJJP033', '演示', now(), 3)"
        )


async def test_the_log_only_grows() -> None:
    for verb in ("UPDATE", "DELETE"):
        assert not await db.fetch_value(
            "SELECT coalesce(bool_or(privilege_type = $1), false) FROM information_schema.role_table_grants"
            " WHERE table_name = 'facts' AND grantee = current_user",
            verb,
        )


def test_marks_name_facts() -> None:
    assert CATALOGUE.keys() >= DERIVED
    assert CATALOGUE.keys() >= INTERNAL
    assert all(not CATALOGUE[key].askable for key in DERIVED | INTERNAL)
