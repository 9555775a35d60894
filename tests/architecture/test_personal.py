"""No personal column without a declaration, no declaration without a column, and the record shows them all."""

from pathlib import Path

import pytest

from backend.assembly import PERSONAL
from backend.foundation import db, retention, rotation
from backend.foundation.personal import processing_record
from tests.support.documents import assert_page_is

BACKEND = Path(__file__).parents[2] / "backend"

# Encrypted or looked up by a blind index, named after a person, or pointing at one.
_PERSONAL = """
SELECT c.relname AS table, a.attname AS column
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
  AND ((a.atttypid = 'bytea'::regtype AND a.attname ~ '_(sealed|secret|index)$')
       OR a.attname = 'person_id'
       OR EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f'
                  AND k.confrelid = to_regclass('persons') AND a.attnum = ANY (k.conkey)))
"""
_COLUMNS = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"

DECLARED = {(d.table, field) for module in PERSONAL for d in module.declarations for field in d.fields}


@pytest.mark.usefixtures("database")
async def test_every_personal_column_is_declared() -> None:
    found = {(row["table"], row["column"]) for row in await db.fetch(_PERSONAL)}
    bare = {f"{table}.{column}" for table, column in found if not {(table, column), (table, "*")} & DECLARED}
    assert sorted(bare) == []


@pytest.mark.usefixtures("database")
async def test_every_declaration_is_about_a_column_that_exists() -> None:
    columns = {(row["table_name"], row["column_name"]) for row in await db.fetch(_COLUMNS)}
    known = columns | {(table, "*") for table, _ in columns}
    assert sorted(DECLARED - known) == []


@pytest.mark.usefixtures("database")
async def test_every_sealed_column_is_named_so_that_rotation_finds_it() -> None:
    found = {(row["table"], row["column"]) for row in await db.fetch(_PERSONAL)}
    sealed = {pair for pair in found if pair[1].endswith(("_sealed", "_secret"))}
    assert {(one.table, one.column) for one in rotation.sealed_columns(PERSONAL)} == sealed


def test_every_module_that_declares_is_assembled() -> None:
    modules = {path.parent.name for path in BACKEND.glob("*/personal.py")} - {"foundation"}
    assert {module.module for module in PERSONAL} == modules


def test_the_processing_record_is_what_the_modules_declare() -> None:
    assert_page_is("processing-record.md", processing_record(PERSONAL))


@pytest.mark.usefixtures("database")
async def test_the_docs_show_how_long_everything_is_kept() -> None:
    head = "# 数据保存期限\n\n由数据库的 `retention` 表生成，请勿手工修改。\n\n"
    assert_page_is("retention.md", head + await retention.as_markdown())
