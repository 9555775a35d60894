"""One private PostgreSQL and one Valkey for a whole test run, and a migrated template database in it."""

import asyncio
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from backend.foundation.migrations import migrate
from backend.tables import MODELS
from operations.embedded import start_postgres, start_valkey
from operations.processes import Server

TEMPLATE = "wuwei_template"


def with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@dataclass
class Servers:
    """The addresses that every test worker needs; picklable as two strings."""

    postgres_url: str
    redis_url: str


@dataclass
class Started:
    servers: Servers
    directory: Path
    processes: list[Server]

    def stop(self) -> None:
        for process in self.processes:
            process.stop()
        shutil.rmtree(self.directory, ignore_errors=True)


async def copy_database(url: str, name: str, template: str = TEMPLATE) -> str:
    """Make a database as a copy of another and return its URL."""
    admin = await asyncpg.connect(url)
    try:
        await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    finally:
        await admin.close()
    return with_database(url, name)


async def _make_template(url: str) -> None:
    await copy_database(url, TEMPLATE, "template1")
    await migrate(with_database(url, TEMPLATE), MODELS)


def start_servers() -> Started:
    directory = Path(tempfile.mkdtemp(prefix="wuwei-test-"))
    directory.chmod(0o755)
    processes = [start_postgres(directory / "postgres", durable=False), start_valkey(directory / "valkey")]
    started = Started(Servers(processes[0].url, processes[1].url), directory, processes)
    try:
        asyncio.run(_make_template(processes[0].url))
    except BaseException:
        started.stop()
        raise
    return started
