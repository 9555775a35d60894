"""Brings a database to the newest step of `backend/migrations`, once, however many processes start together."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
from tortoise import Tortoise
from tortoise.migrations.api.migrate import migrate as run_steps
from tortoise.migrations.operations import RunSQL

from backend.foundation.db import database_config

# Any constant will do as long as every release uses the same one.
_LOCK = 0x77_75_77_65_69


_FOLDER = Path(__file__).parent.parent / "migrations"


class WrongDatabase(Exception):
    """The server cannot hold our data; the message is the one line to print."""


async def migrate(url: str, models: Sequence[str]) -> None:
    """Run the missing steps under an advisory lock; raises WrongDatabase when the server is not fit."""
    guard = await asyncpg.connect(url)
    try:
        await check_server(guard)
        await guard.execute("SELECT pg_advisory_lock($1)", _LOCK)
        try:
            await run_steps(config=database_config(url, pool=2, models=models, application="wuwei-migrate"))
        finally:
            await Tortoise.close_connections()
    finally:
        await guard.close()


async def check_server(connection: Any) -> None:
    """Refuse a server older than 18 or one whose character classes don't know Chinese (trigrams would find nothing)."""
    version = connection.get_server_version().major
    if version < 18:  # noqa: PLR2004  uuidv7() and the partitions by id are tried on 18
        raise WrongDatabase(f"PostgreSQL 18 or later is needed, this server is {version}")
    ctype = await connection.fetchval("SELECT datctype FROM pg_database WHERE datname = current_database()")
    if not await connection.fetchval("SELECT '食品' ~ '^[[:alpha:]]+$'"):
        raise WrongDatabase(
            f"the database's character type {ctype!r} does not know Chinese: create it with LC_CTYPE 'C.UTF-8'"
        )


def sql(name: str) -> RunSQL:
    """Return the operation that runs `NNNN_name.sql` beside its step; steps only ever go forward."""
    return RunSQL((_FOLDER / f"{name}.sql").read_text(encoding="utf-8"))
