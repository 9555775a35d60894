"""The same files in an S3-compatible store, over HTTP: kept, read, brought back, swept; and when it is away."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from moto.server import ThreadedMotoServer
from redis.asyncio import Redis

from backend import files
from backend.access import Actor, ActorKind
from backend.files import disk, storage, storing
from backend.files.errors import NotStored
from backend.foundation import clock, db
from backend.foundation.errors import NotFound
from backend.foundation.ids import random_id
from backend.foundation.settings import SettingsError
from backend.gateways.objects import S3, ObjectsAway
from backend.runtime import Runtime
from tests.support.api import serve
from tests.support.installed import free_ports
from tests.support.matrix import World, authenticators
from tests.support.running import make_settings, run

OWNER = Actor(ActorKind.OWNER, random_id(), "张三")
PDF = b"%PDF-1.7\n" + b"x" * 300_000 + b"\n%%EOF\n"
BUCKET = "wuwei-files"
UPLOAD = "/api/owner/v1/files"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """A store that speaks S3 over HTTP on this machine, with the bucket in it."""
    port = free_ports(1)[0]
    server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
    server.start()
    httpx.put(f"http://127.0.0.1:{port}/{BUCKET}").raise_for_status()
    yield f"http://127.0.0.1:{port}"
    server.stop()


def _settings(tmp_path: Path, endpoint: str) -> dict[str, object]:
    return {
        "data_dir": tmp_path,
        "s3_bucket": BUCKET,
        "s3_endpoint": endpoint,
        "s3_region": "us-east-1",
        "s3_key_id": "wuwei",
        "s3_key_secret": "a-secret-of-the-store",
        "s3_addressing": "path",
    }


@pytest.fixture
async def stored(database: str, redis: Redis, redis_url: str, tmp_path: Path, s3: str) -> AsyncIterator[Runtime]:
    settings = make_settings(database, redis_url, **_settings(tmp_path, s3))
    async with run(settings, redis) as made:
        yield made


async def _bytes_of(file: files.StoredFile) -> bytes:
    return b"".join([piece async for piece in files.read(file)])


async def _places() -> set[str]:
    later = clock.now() + timedelta(days=1)
    return {place async for some in storage.current().old(0, 1, later) for place in some}


async def test_a_file_is_kept_there_and_nothing_of_it_here(stored: Runtime) -> None:
    file = await files.store(OWNER, "licence_photo", "营业执照.pdf", PDF)
    assert file.path in await _places()
    assert await _bytes_of(file) == PDF
    assert [path for path in disk.root().rglob("*") if path.is_file()] == []
    async with files.at_hand(file) as path:
        assert path.read_bytes() == PDF
    assert not path.exists()


async def test_every_part_of_the_sweep_is_another_one_and_all_are_all(stored: Runtime) -> None:
    kept = {(await files.store(OWNER, "licence_photo", "a.pdf", PDF)).path for _ in range(5)}
    later = clock.now() + timedelta(days=1)
    parts = [[place async for some in storage.current().old(part, 24, later) for place in some] for part in range(24)]
    found = [place for part in parts for place in part if place in kept]
    assert sorted(found) == sorted(kept)


async def test_what_is_let_go_is_removed_after_the_commit(stored: Runtime) -> None:
    file = await files.store(OWNER, "licence_photo", "a.pdf", PDF)
    await files.delete(OWNER, file.id)
    assert file.path not in await _places()
    with pytest.raises(NotFound):
        await files.get(OWNER, file.id)
    with pytest.raises(NotFound):
        await _bytes_of(file)


async def test_what_has_no_row_goes_after_a_day_and_what_has_one_stays(
    stored: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = await files.receive(OWNER, "licence_photo", PDF)
    file = await files.store(OWNER, "licence_photo", "a.pdf", PDF)
    await files.sweep_orphans()
    assert {lost.place, file.path} <= await _places()
    monkeypatch.setattr(storing, "ORPHAN_AGE", -timedelta(hours=1))
    assert await files.sweep_orphans() >= 1
    assert {lost.place, file.path} & await _places() == {file.path}


async def test_nothing_goes_over_the_network_inside_a_transaction(stored: Runtime) -> None:
    with pytest.raises(db.CalledInsideTransaction):
        async with db.transaction():
            await files.store(OWNER, "licence_photo", "a.pdf", PDF)
    kept = await files.receive(OWNER, "licence_photo", PDF)
    async with db.transaction():
        file = await files.enter(OWNER, "a.pdf", kept)
    assert await _bytes_of(file) == PDF


async def test_an_upload_over_http_goes_there_before_its_transaction(stored: Runtime) -> None:
    world = World(stored)
    sent = {"file": ("a.pdf", PDF, "application/pdf")}
    headers = {"Authorization": f"Bearer {world.owner.id}", "Idempotency-Key": "the-very-same-key"}
    async with serve(stored, authenticators=authenticators(world)) as api:
        answers = [await api.post(f"{UPLOAD}?purpose=licence_photo", headers=headers, files=sent) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 201], answers[0].text
        shown = await api.get(answers[0].json()["link"])
    assert shown.content == PDF
    assert answers[0].json()["id"] == answers[1].json()["id"]


async def test_a_store_that_is_away_or_refuses_is_told_without_its_words(
    database: str, redis: Redis, redis_url: str, tmp_path: Path, s3: str
) -> None:
    away = make_settings(database, redis_url, **_settings(tmp_path, f"http://127.0.0.1:{free_ports(1)[0]}"))
    async with run(away, redis):
        with pytest.raises(NotStored):
            await files.store(OWNER, "licence_photo", "a.pdf", PDF)
    nowhere = make_settings(database, redis_url, **{**_settings(tmp_path, s3), "s3_bucket": "another"})
    with pytest.raises(ObjectsAway) as told:
        await S3(nowhere).put("files/a", Path(__file__))
    assert told.value.__cause__ is None


def test_the_store_is_set_as_a_whole_or_not_at_all(database: str, redis_url: str, tmp_path: Path) -> None:
    given = {name: value for name, value in _settings(tmp_path, "http://x").items() if name != "s3_key_secret"}
    with pytest.raises(SettingsError, match="WUWEI_S3_KEY_SECRET must be set too"):
        make_settings(database, redis_url, **given)
