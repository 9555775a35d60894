"""What an operator does to the service's data: each says what came of it, or in one line what is wrong."""

from dataclasses import replace

import pytest

from backend import audit, outbox, runtime
from backend.access import SYSTEM
from backend.assembly import TOPICS
from backend.foundation import db
from backend.foundation.ids import new_id
from backend.foundation.secrets import Vault
from backend.notifications import addresses
from backend.runtime import Runtime
from operations import duties
from operations.processes import OperationsError
from tests.factories.people import add_enterprise, add_person
from tests.support.trail import seal_all


def _ignore(_what: str, _done: int, _total: int) -> None:
    """Stand in for a progress bar."""


async def test_a_sound_trail_is_told_and_a_damaged_one_fails(
    running: Runtime, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = running.settings.data_dir
    async with db.transaction():
        await audit.record(SYSTEM, "a.b", table="t", row_id=new_id())
    await seal_all(directory)
    await duties.verify_audit()
    assert "1 seals over 1 entries hold" in capsys.readouterr().out
    (directory / "seals.log").write_text(f"1 {'0' * 64} x")
    with pytest.raises(OperationsError, match="seal 1 is not the one that was logged"):
        await duties.verify_audit()


def _with_new_keys(running: Runtime) -> Vault:
    vault = running.vault
    return replace(
        vault,
        encryption={"e2": b"2" * 32, **vault.encryption},
        index={"i2": b"3" * 32, **vault.index},
    )


async def test_rotation_leaves_nothing_under_the_old_keys_and_says_how_far_it_is(
    running: Runtime, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    owner = await add_person(running, "13800001111")
    await add_enterprise(running, "91330502MA2B00001X", "张三", "13700003333")
    vault, told = _with_new_keys(running), list[tuple[int, int]]()
    monkeypatch.setattr(runtime, "_current", [replace(running, vault=vault)])
    await duties.rotate_keys(lambda _what, done, total: told.append((done, total)))
    assert "\n3 values of " in capsys.readouterr().out
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert all(done < total for done, total in told)
    new = replace(vault, encryption={"e2": vault.encryption["e2"]}, index={"i2": vault.index["i2"]})
    row = await db.fetch_one("SELECT id, phone_sealed, phone_index FROM persons")
    assert row is not None
    assert new.decrypt(row["phone_sealed"], table="persons", column="phone_sealed", row=owner.id) == "13800001111"
    assert row["phone_index"] == new.blind_index("13800001111", column="phone")
    await duties.rotate_keys(_ignore)
    assert capsys.readouterr().out.startswith("0 values of ")


async def test_a_value_that_no_key_opens_is_told(running: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    await add_person(running, "13800001111")
    vault = replace(running.vault, encryption={"e9": b"9" * 32})
    monkeypatch.setattr(runtime, "_current", [replace(running, vault=vault)])
    with pytest.raises(OperationsError, match="no key at hand opens 1 values"):
        await duties.rotate_keys(_ignore)


async def test_what_was_given_up_comes_again(running: Runtime, capsys: pytest.CaptureFixture[str]) -> None:
    topic, other = TOPICS[:2]
    async with db.transaction():
        await outbox.put_many([outbox.NewItem(topic, {}), outbox.NewItem(topic, {}), outbox.NewItem(other, {})])
    await db.execute("UPDATE outbox SET state = 'dead', attempts = 20 WHERE payload = '{}'")
    await duties.revive(topic)
    assert capsys.readouterr().out == f"2 effects of {topic} come again\n"
    left = await db.fetch("SELECT topic FROM outbox WHERE state = 'dead'")
    assert [row["topic"] for row in left] == [other]
    assert len(await outbox.claim(10, outbox.LEASE, [topic, other])) == 2
    with pytest.raises(OperationsError, match="no such topic: nothing; there are "):
        await duties.revive("nothing")


async def test_whom_wechat_did_not_name_is_erased_by_hand(running: Runtime) -> None:
    person = (await add_person(running, "13800001111")).id
    assert person is not None
    await addresses.upsert(person, running.settings.wechat_appid, "openid-1")
    await duties.withdraw("openid-1", "8")
    await duties.withdraw("openid-1", "")
    noted = await db.fetch("SELECT topic FROM outbox WHERE topic LIKE 'persons.%' ORDER BY topic")
    assert [row["topic"] for row in noted] == ["persons.erase", "persons.forget"]
    with pytest.raises(OperationsError, match="nobody here"):
        await duties.withdraw("openid-2", "")
