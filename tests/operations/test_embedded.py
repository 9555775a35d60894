"""The private PostgreSQL and Valkey: where they may lie, what they refuse, how they end."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError

from operations import binaries
from operations.embedded import start_postgres, start_valkey
from operations.processes import OperationsError, Server, User
from tests.support.watching import all_gone, eventually, family, start_script

_LAUNCHER = """
import sys, time
from pathlib import Path
from operations.embedded import start_postgres, start_valkey
base = Path(sys.argv[1])
postgres, valkey = start_postgres(base / "postgres", durable=False), start_valkey(base / "valkey")
print(postgres.process.pid, valkey.process.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that nobody else may enter, as a home directory may be."""
    directory = tmp_path_factory.mktemp("closed")
    directory.chmod(0o700)
    return directory


@pytest.fixture(scope="module")
def cluster(closed: Path) -> Path:
    return closed / "postgres"


@pytest.fixture
def postgres(cluster: Path) -> Iterator[Server]:
    server = start_postgres(cluster, durable=False)
    yield server
    server.stop()


async def test_a_cluster_below_a_closed_directory_knows_chinese(postgres: Server) -> None:
    connection = await asyncpg.connect(postgres.url)
    await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    assert await connection.fetchval("SELECT show_trgm('食品')")
    assert await connection.fetchval("SHOW server_version_num") >= "180000"
    assert not await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    await connection.close()


def test_the_closed_directory_above_a_cluster_stays_closed(postgres: Server, closed: Path) -> None:
    assert postgres.process.poll() is None
    assert closed.stat().st_mode & 0o777 == 0o700


async def test_the_password_is_asked_for(postgres: Server) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres.url, password="guessed")


async def test_a_second_start_keeps_data_and_port(cluster: Path) -> None:
    first = start_postgres(cluster, durable=True)
    connection = await asyncpg.connect(first.url)
    await connection.execute("CREATE TABLE IF NOT EXISTS kept (word text); INSERT INTO kept VALUES ('无微不至')")
    await connection.close()
    first.stop()
    second = start_postgres(cluster, durable=True)
    connection = await asyncpg.connect(second.url)
    assert await connection.fetchval("SELECT word FROM kept") == "无微不至"
    await connection.close()
    second.stop()
    assert second.url == first.url


def test_the_lock_of_a_dead_server_is_cleared_even_if_a_stranger_has_its_process_id(cluster: Path) -> None:
    server = start_postgres(cluster, durable=False)
    pids = family(server.process.pid)
    server.process.kill()
    server.process.wait()
    assert eventually(lambda: all_gone(pids))
    lock = cluster / "data" / "postmaster.pid"
    lines = lock.read_text().splitlines()
    lock.write_text("\n".join([str(os.getppid()), *lines[1:]]) + "\n")
    start_postgres(cluster, durable=False).stop()


async def test_valkey_asks_for_its_password_and_keeps_nothing(tmp_path: Path) -> None:
    server = start_valkey(tmp_path / "valkey")
    client = Redis.from_url(server.url)
    await client.set("word", "lost")
    await client.aclose()
    stranger = Redis.from_url(server.url.replace(server.url.split("@")[0], "redis://:guessed", 1))
    with pytest.raises(AuthenticationError):
        await stranger.ping()
    await stranger.aclose()
    server.stop()
    again = start_valkey(tmp_path / "valkey")
    client = Redis.from_url(again.url)
    assert await client.get("word") is None
    await client.aclose()
    again.stop()


def test_a_killed_launcher_leaves_no_process(tmp_path: Path) -> None:
    launcher = start_script(_LAUNCHER, tmp_path)
    assert launcher.stdout
    pids = [pid for first in map(int, launcher.stdout.readline().split()) for pid in family(first)]
    assert len(pids) > 2
    launcher.send_signal(signal.SIGKILL)
    launcher.wait()
    launcher.stdout.close()
    assert eventually(lambda: all_gone(pids))


def test_a_wrong_folder_of_programs_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WUWEI_POSTGRES_BIN", str(tmp_path))
    with pytest.raises(OperationsError, match=r"^no program 'postgres' in .*WUWEI_POSTGRES_BIN$"):
        start_postgres(tmp_path / "cluster")
    monkeypatch.setenv("WUWEI_REDIS_BIN", str(tmp_path / "missing"))
    with pytest.raises(OperationsError, match="WUWEI_REDIS_BIN"):
        start_valkey(tmp_path / "valkey")


def test_programs_in_a_closed_folder_are_copied_to_where_others_may_run_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, cache = tmp_path / "closed" / "bin", Path(tempfile.gettempdir()) / f"wuwei-test-cache-{os.getpid()}"
    closed.mkdir(parents=True)
    (closed / "postgres").write_text("#!/bin/sh\n")
    (closed / "postgres").chmod(0o700)
    closed.parent.chmod(0o700)
    monkeypatch.setenv("WUWEI_POSTGRES_BIN", str(closed))
    monkeypatch.setattr(binaries, "_CACHE", cache)
    try:
        assert binaries.postgres_programs(None) == closed
        copied = binaries.postgres_programs(User(65534, 65534))
        assert binaries._is_open(copied / "postgres")
        assert binaries.postgres_programs(User(65534, 65534)) == copied
        assert closed.parent.stat().st_mode & 0o777 == 0o700
    finally:
        shutil.rmtree(cache, ignore_errors=True)
