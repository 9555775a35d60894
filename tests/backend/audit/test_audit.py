"""The trail: written with the act, closed to change, and no tampering stays hidden."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextvars import Context
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from structlog.contextvars import bound_contextvars

from backend import audit
from backend.access import SYSTEM, Actor, ActorKind, Grant, Role
from backend.audit import archiving, sealing
from backend.foundation import clock as clock_module
from backend.foundation import db, retention
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden
from backend.foundation.ids import new_id, random_id
from tests.support.partitions import restore_partitions
from tests.support.trail import seal_all

pytestmark = pytest.mark.usefixtures("database")
AUDITOR = Actor(ActorKind.STAFF, random_id(), "审计员", (Grant(Role.AUDITOR),))
ROW = random_id()
MONTH = f"{clock_module.today():%Y%m}"


async def _record(*actions: str, actor: Actor = SYSTEM, **more: Any) -> None:
    async with db.transaction():
        for action in actions:
            await audit.record(actor, action, table="things", row_id=ROW, **more)


async def _end_of_all_before() -> None:
    """Wait until no transaction runs on the server, another test's included, that began before what is written here."""
    last = "SELECT max(xid)::text FROM audit_entries"
    is_behind = f"SELECT pg_snapshot_xmin(pg_current_snapshot()) <= ({last})::xid8"
    async with asyncio.timeout(30):
        while await db.fetch_value(is_behind):
            await asyncio.sleep(0.02)


@pytest.fixture
async def owner(database: str) -> AsyncIterator[asyncpg.Connection]:
    """Someone with the database in his hands, who gives himself every right."""
    connection = await asyncpg.connect(database)
    await connection.execute("GRANT ALL ON audit_entries, audit_seals TO CURRENT_USER")
    yield connection
    await connection.execute("REVOKE UPDATE, DELETE, TRUNCATE ON audit_entries, audit_seals FROM CURRENT_USER")
    await connection.execute("GRANT UPDATE (seal_id) ON audit_entries TO CURRENT_USER")
    await connection.close()


async def _three_seals(directory: Path) -> None:
    for number in range(3):
        await _record(f"things.a{number}", f"things.b{number}")
        assert await seal_all(directory) == 2


async def test_an_act_is_written_down_in_its_own_transaction_or_not_at_all() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        await audit.record(SYSTEM, "things.made", table="things", row_id=ROW)
    with pytest.raises(ValueError, match="no"):
        await _record_and_fail()
    assert (await audit.history(AUDITOR, "things", ROW)).items == []


async def _record_and_fail() -> None:
    async with db.transaction():
        await audit.record(SYSTEM, "things.made", table="things", row_id=ROW)
        raise ValueError("no")


async def test_an_entry_tells_who_for_whom_and_in_which_request(clock: Frozen) -> None:
    owner = Actor(ActorKind.OWNER, random_id(), "张三", enterprise_id=random_id())
    with bound_contextvars(request_id="r-1"):
        await _record("things.made", actor=owner, fields=("name", "phone"), detail={"reason": "致电 13812345678"})
    entry = (await audit.history(AUDITOR, "things", ROW)).items[0]
    assert (entry["actor_kind"], entry["actor_id"], entry["on_behalf_of"]) == ("owner", owner.id, owner.enterprise_id)
    assert (entry["fields"], entry["request_id"], entry["at"]) == (["name", "phone"], "r-1", clock.now())
    assert entry["detail"] == {"reason": "致电 138****5678"}


async def test_only_auditors_read_the_trail_page_by_page() -> None:
    await _record(*(f"things.n{n}" for n in range(5)))
    with pytest.raises(Forbidden):
        await audit.history(Actor(ActorKind.STAFF, random_id(), grants=(Grant(Role.MANAGER),)), "things", ROW)
    first = await audit.entries(AUDITOR, audit.Filter(table="things"), limit=3)
    rest = await audit.entries(AUDITOR, audit.Filter(table="things"), limit=3, before=first.next)
    assert [e["action"] for e in first.items + rest.items] == [f"things.n{n}" for n in (4, 3, 2, 1, 0)]
    assert rest.next is None
    assert [e["action"] for e in (await audit.entries(AUDITOR, audit.Filter(action="things.n2"))).items] == [
        "things.n2"
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET action = 'x'",
        "DELETE FROM audit_entries",
        "TRUNCATE audit_entries",
        f"UPDATE audit_entries_{MONTH} SET action = 'x'",
        f"DELETE FROM audit_entries_{MONTH}",
        "UPDATE audit_seals SET entries = 0",
        "DELETE FROM audit_seals",
    ],
)
async def test_the_service_itself_may_not_change_the_trail(statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await db.execute(statement)


async def test_a_sound_chain_verifies_and_is_logged_outside(tmp_path: Path) -> None:
    await _three_seals(tmp_path)
    assert await audit.verify(tmp_path) == audit.Verdict(seals=3, entries=6)
    hashes = {row["number"]: row["hash"] for row in await db.fetch("SELECT number, hash FROM audit_seals")}
    assert sealing.written(tmp_path / sealing.LOG_NAME) == hashes


async def test_large_batches_are_cut_and_chained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "BATCH", 3)
    await _record(*(f"things.n{n}" for n in range(8)))
    assert await seal_all(tmp_path) == 8
    assert await audit.verify(tmp_path) == audit.Verdict(seals=3, entries=8)


async def test_what_waited_for_a_day_without_sealer_verifies_batch_after_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Frozen
) -> None:
    monkeypatch.setattr(sealing, "BATCH", 3)
    await _record("things.before")
    assert await seal_all(tmp_path) == 1
    clock.advance(timedelta(hours=1))
    for number in range(4):
        await _record(f"things.a{number}", f"things.b{number}")
    await _end_of_all_before()  # else a part of it would be sealed a day later than what follows allows
    clock.advance(timedelta(days=1))
    assert await seal_all(tmp_path) == 8
    await _record("things.after")
    assert await seal_all(tmp_path) == 1
    assert (await audit.verify(tmp_path)).problem is None


async def test_an_entry_of_a_running_transaction_and_those_after_it_wait(tmp_path: Path) -> None:
    async with db.transaction():
        await audit.record(SYSTEM, "things.slow", table="things", row_id=ROW)
        await _elsewhere(_record("things.quick"))
        assert await _elsewhere(audit.seal(tmp_path)) == 0
    assert await seal_all(tmp_path) == 2
    assert (await audit.verify(tmp_path)).is_sound


async def _elsewhere(work: Coroutine[Any, Any, Any]) -> Any:
    """Run as another request would, on a connection of its own."""
    return await asyncio.create_task(work, context=Context())


async def test_sealers_side_by_side_make_one_chain(tmp_path: Path) -> None:
    await _record(*(f"things.n{n}" for n in range(20)))
    await asyncio.gather(*(audit.seal(tmp_path) for _ in range(6)))
    await seal_all(tmp_path)
    verdict = await audit.verify(tmp_path)
    assert (verdict.is_sound, verdict.entries) == (True, 20)


TAMPERED = [
    ("UPDATE audit_entries SET action = 'things.other' WHERE action = 'things.a1'", "altered", 2),
    ("UPDATE audit_entries SET detail = '{\"x\": 1}' WHERE action = 'things.a1'", "altered", 2),
    ("UPDATE audit_entries SET at = at - interval '1 second' WHERE action = 'things.b1'", "altered", 2),
    ("DELETE FROM audit_entries WHERE action = 'things.a1'", "covers 2 entries, 1", 2),
    ("UPDATE audit_entries SET seal_id = NULL WHERE action = 'things.a1'", "covers 2 entries, 1", 2),
    ("DELETE FROM audit_seals WHERE number = 2", "seal 2 is missing", 2),
    ("UPDATE audit_seals SET horizon = '1' WHERE number = 2", "altered", 2),
    ("UPDATE audit_seals SET cluster = 'elsewhere' WHERE number = 2", "altered", 2),
    ("UPDATE audit_seals SET sealed_at = sealed_at - interval '1 day' WHERE number = 2", "altered", 2),
    ("UPDATE audit_seals SET hash = sha256('x') WHERE number = 2", "altered", 2),
    ("UPDATE audit_seals SET previous = sha256('x') WHERE number = 3", "not chained", 3),
    ("DELETE FROM audit_seals WHERE number = 3", "seal 3 was logged and is missing", 3),
]


@pytest.mark.parametrize(("statement", "problem", "number"), TAMPERED)
async def test_tampering_is_found_and_located(
    owner: asyncpg.Connection, tmp_path: Path, statement: str, problem: str, number: int
) -> None:
    await _three_seals(tmp_path)
    await owner.execute(statement)
    verdict = await audit.verify(tmp_path)
    assert verdict.problem is not None
    assert problem in verdict.problem
    assert verdict.broken == number


_COPY = """
INSERT INTO audit_entries (id, at, actor_kind, action, table_name, xid, seal_id)
SELECT $1, at, actor_kind, 'things.forged', table_name, {xid}, {seal_id}
FROM audit_entries WHERE action = 'things.a1'
"""


async def test_an_entry_slipped_into_an_old_seal_is_found(owner: asyncpg.Connection, tmp_path: Path) -> None:
    await _three_seals(tmp_path)
    await owner.execute(_COPY.format(xid="xid", seal_id="seal_id"), new_id())
    verdict = await audit.verify(tmp_path)
    assert (verdict.broken, verdict.problem) == (2, "seal 2 covers 2 entries, 3 are there")


async def test_an_entry_slipped_in_below_the_horizon_is_never_sealed(owner: asyncpg.Connection, tmp_path: Path) -> None:
    await _three_seals(tmp_path)
    await owner.execute(_COPY.format(xid="xid", seal_id="NULL"), new_id())
    await _record("things.later")
    assert await seal_all(tmp_path, leaving=1) == 1
    verdict = await audit.verify(tmp_path)
    assert verdict.problem is not None
    assert "added later" in verdict.problem


async def test_a_new_entry_that_claims_to_be_old_is_found(
    owner: asyncpg.Connection, tmp_path: Path, clock: Frozen
) -> None:
    await _record("things.a1")
    await seal_all(tmp_path)
    clock.advance(timedelta(days=10))
    await _record("things.now")
    await seal_all(tmp_path)
    await owner.execute(_COPY.format(xid="pg_current_xact_id()", seal_id="NULL"), new_id())
    await seal_all(tmp_path)
    verdict = await audit.verify(tmp_path)
    assert (verdict.broken, "older than the seal" in str(verdict.problem)) == (3, True)


async def test_an_entry_under_an_invented_seal_is_found(owner: asyncpg.Connection, tmp_path: Path) -> None:
    await _three_seals(tmp_path)
    await owner.execute(_COPY.format(xid="xid", seal_id="gen_random_uuid()"), new_id())
    assert "does not exist" in str((await audit.verify(tmp_path)).problem)


async def test_a_chain_forged_anew_differs_from_the_log_outside(owner: asyncpg.Connection, tmp_path: Path) -> None:
    await _three_seals(tmp_path)
    await owner.execute("UPDATE audit_entries SET action = 'things.forged', seal_id = NULL WHERE action = 'things.a1'")
    await owner.execute("UPDATE audit_entries SET seal_id = NULL")
    await owner.execute("DELETE FROM audit_seals")
    await seal_all(tmp_path / "elsewhere")
    assert (await audit.verify(tmp_path / "elsewhere")).is_sound
    verdict = await audit.verify(tmp_path)
    assert (verdict.broken, verdict.problem) == (1, "seal 1 is not the one that was logged outside the database")


async def test_a_database_restored_on_another_server_goes_on_sealing(
    owner: asyncpg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There the numbers of transactions start low: old entries and horizons have numbers of a far future."""
    await _three_seals(tmp_path)
    await _record("things.elsewhere")
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(sealing, "_CLUSTER", "SELECT 'old'")
        far = sealing._READY.replace("pg_snapshot_xmin(s)::text AS xmin", "'9000000000' AS xmin")
        elsewhere.setattr(sealing, "_READY", far)
        assert await seal_all(tmp_path) == 1
    await owner.execute(_COPY.format(xid="'9000000007'::xid8", seal_id="NULL"), new_id())
    assert await seal_all(tmp_path) == 1
    await _record("things.after")
    assert await seal_all(tmp_path) == 1
    assert await audit.verify(tmp_path) == audit.Verdict(seals=6, entries=9)


async def test_a_line_cut_short_by_a_crash_is_written_again(tmp_path: Path) -> None:
    await _three_seals(tmp_path)
    book = tmp_path / sealing.LOG_NAME
    book.write_text(book.read_text()[:-70])
    assert sealing.last_written(book) == 2
    await _record("things.more")
    await seal_all(tmp_path)
    assert sorted(sealing.written(book)) == [1, 2, 3, 4]


async def _month_of_the_entries() -> str:
    return str(await db.fetch_value("SELECT tableoid::regclass::text FROM audit_entries LIMIT 1"))


async def test_an_archived_month_still_verifies_and_its_files_are_guarded(
    tmp_path: Path, clock: Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archiving, "PART", 3)
    await _three_seals(tmp_path)
    partition = await _month_of_the_entries()
    await _record("things.unsealed")
    clock.advance(timedelta(days=500))
    drop = {"audit_entries": lambda name: audit.archive(name, tmp_path)}
    assert partition not in await retention.drop_expired(drop), "an entry without a seal went"
    await seal_all(tmp_path)
    try:
        assert await audit.archive(partition, tmp_path, seconds=-1) is False
        assert partition in await retention.drop_expired(drop)
        assert await db.fetch_value("SELECT count(*) FROM audit_entries") == 0
        assert await audit.verify(tmp_path) == audit.Verdict(seals=4, entries=7)
        files = sorted((tmp_path / "archive").iterdir())
        assert [file.name.split(".")[1] for file in files] == ["000000001-000000002", "000000003-000000004"]
        files[1].write_bytes(files[1].read_bytes() + b"x")
        assert "not what was written" in str((await audit.verify(tmp_path)).problem)
        files[1].unlink()
        assert "is missing" in str((await audit.verify(tmp_path)).problem)
    finally:
        await restore_partitions()


async def test_a_month_in_the_archive_and_still_in_the_database_counts_once(tmp_path: Path) -> None:
    await _three_seals(tmp_path)
    assert await audit.archive(await _month_of_the_entries(), tmp_path) is True
    assert await audit.archive(await _month_of_the_entries(), tmp_path) is True
    assert len(list((tmp_path / "archive").iterdir())) == 1
    assert await audit.verify(tmp_path) == audit.Verdict(seals=3, entries=6)
