"""The models tell the truth about the tables that the migrations made, and keys point down the floors."""

import importlib
import tomllib
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from tortoise import Tortoise
from tortoise.fields.relational import RelationalField
from tortoise.models import Model

ROOT = Path(__file__).parents[2]

KINDS = {
    "UUIDField": {"uuid"},
    "CharField": {"text", "character varying"},
    "TextField": {"text"},
    "CharEnumFieldInstance": {"text"},
    "IntField": {"integer", "smallint", "bigint"},
    "SmallIntField": {"smallint"},
    "BigIntField": {"bigint"},
    "BooleanField": {"boolean"},
    "DatetimeField": {"timestamp with time zone"},
    "DateField": {"date"},
    "TimeDeltaField": {"interval", "bigint"},
    "DecimalField": {"numeric"},
    "JSONField": {"jsonb", "json"},
    "BinaryField": {"bytea"},
    "ArrayField": {"ARRAY"},
}

_COLUMNS = """
SELECT table_name, column_name, data_type, is_nullable = 'YES' AS is_nullable, column_default IS NOT NULL AS has_default
FROM information_schema.columns WHERE table_schema = 'public'
"""
_FOREIGN_KEYS = """
SELECT c.conrelid::regclass::text AS child, c.confrelid::regclass::text AS parent
FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid WHERE c.contype = 'f' AND NOT t.relispartition
"""


def _models() -> list[type[Model]]:
    return list((Tortoise.apps or {})["wuwei"].values())


def _fields(model: type[Model]) -> dict[str, Any]:
    meta = model._meta
    return {
        meta.fields_db_projection[name]: field
        for name, field in meta.fields_map.items()
        if name in meta.fields_db_projection and not isinstance(field, RelationalField)
    }


@pytest.fixture
async def columns(database: str) -> dict[str, dict[str, asyncpg.Record]]:
    connection = await asyncpg.connect(database)
    tables: dict[str, dict[str, asyncpg.Record]] = {}
    for row in await connection.fetch(_COLUMNS):
        tables.setdefault(row["table_name"], {})[row["column_name"]] = row
    await connection.close()
    return tables


async def test_every_model_field_is_a_column_of_its_kind(columns: dict[str, dict[str, asyncpg.Record]]) -> None:
    wrong = []
    for model in _models():
        table = columns.get(model._meta.db_table, {})
        for name, field in _fields(model).items():
            column = table.get(name)
            if column is None:
                wrong.append(f"{model.__name__}.{name}: no column")
            elif column["data_type"] not in KINDS.get(type(field).__name__, set()):
                wrong.append(f"{model.__name__}.{name}: {type(field).__name__} over {column['data_type']}")
            elif bool(field.null) != column["is_nullable"]:
                wrong.append(f"{model.__name__}.{name}: null={field.null}, column nullable={column['is_nullable']}")
    assert wrong == []


async def test_a_model_knows_every_column_that_must_be_filled(columns: dict[str, dict[str, asyncpg.Record]]) -> None:
    missing = [
        f"{model.__name__} lacks {name}"
        for model in _models()
        for name, column in columns[model._meta.db_table].items()
        if not column["is_nullable"] and not column["has_default"] and name not in _fields(model)
    ]
    assert missing == []


def _floors() -> dict[str, int]:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    layers = config["tool"]["importlinter"]["contracts"][0]["layers"]
    return {name.strip(): number for number, row in enumerate(reversed(layers)) for name in row.split("|")}


def _owners() -> dict[str, str]:
    """Which capability made a table: the one that has it as a model, else the one that declares it in TABLES."""
    owners = {model._meta.db_table: model.__module__.split(".")[1] for model in _models()}
    for path in (ROOT / "backend").glob("*/models.py"):
        module = importlib.import_module(f"backend.{path.parent.name}.models")
        owners.update(dict.fromkeys(getattr(module, "TABLES", ()), path.parent.name))
    return owners


async def test_foreign_keys_point_down(database: str) -> None:
    floors, owners = _floors(), _owners()
    connection = await asyncpg.connect(database)
    keys = await connection.fetch(_FOREIGN_KEYS)
    await connection.close()
    unknown = {table for row in keys for table in (row["child"], row["parent"]) if table not in owners}
    assert unknown == set(), "tables without a model must stand in TABLES of their capability's models.py"
    up = [
        f"{row['child']} -> {row['parent']}"
        for row in keys
        if owners[row["child"]] != owners[row["parent"]]
        and floors[owners[row["child"]]] <= floors[owners[row["parent"]]]
    ]
    assert up == []
