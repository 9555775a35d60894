"""Keys change while everything stays readable and findable."""

import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from backend.foundation import db, rotation
from backend.foundation.ids import new_id
from backend.foundation.personal import Basis, Declaration, PersonalData
from backend.foundation.rotation import Rotated, SealedColumn
from backend.foundation.secrets import Undecryptable, Vault, parse_keys

pytestmark = pytest.mark.usefixtures("database", "people")
PHONE = SealedColumn("people", "phone_sealed", "phone_index")


def _ring(*letters: str) -> dict[str, bytes]:
    return parse_keys(",".join(f"{n}:{base64.b64encode(n.encode() * 32).decode()}" for n in letters), "KEYS")


OLD = Vault(_ring("a"), _ring("i"), b"s" * 32)
BOTH = Vault(_ring("b", "a"), _ring("j", "i"), b"s" * 32)
NEW = Vault(_ring("b"), _ring("j"), b"s" * 32)


@pytest.fixture
async def people() -> AsyncIterator[None]:
    await db.execute("CREATE TABLE people (id uuid PRIMARY KEY, phone_sealed bytea, phone_index bytea)")
    yield
    await db.execute("DROP TABLE people")


async def _add(vault: Vault, phone: str) -> UUID:
    row = new_id()
    sealed = vault.encrypt(phone, table="people", column="phone_sealed", row=row)
    await db.execute("INSERT INTO people VALUES ($1, $2, $3)", row, sealed, vault.blind_index(phone, column="phone"))
    return row


async def _find(vault: Vault, phone: str) -> list[UUID]:
    indexes = vault.blind_indexes(phone, column="phone")
    return [r["id"] for r in await db.fetch("SELECT id FROM people WHERE phone_index = ANY ($1::bytea[])", indexes)]


async def _phone(vault: Vault, row: UUID) -> str:
    sealed: Any = await db.fetch_value("SELECT phone_sealed FROM people WHERE id = $1", row)
    return vault.decrypt(sealed, table="people", column="phone_sealed", row=row)


async def test_every_row_moves_to_the_new_keys_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "BATCH", 3)
    rows = [await _add(OLD, f"1380000000{n}") for n in range(8)]
    await db.execute("INSERT INTO people VALUES ($1, NULL, NULL)", new_id())
    assert await rotation.rotate(BOTH, PHONE) == Rotated(rows=8)
    assert await rotation.rotate(BOTH, PHONE) == Rotated(rows=0)
    assert await _phone(NEW, rows[5]) == "13800000005"
    assert await _find(NEW, "13800000005") == [rows[5]]
    with pytest.raises(Undecryptable):
        await _phone(OLD, rows[5])


async def test_while_keys_change_old_and_new_rows_are_found() -> None:
    old, new = await _add(OLD, "13800000001"), await _add(BOTH, "13800000001")
    assert set(await _find(BOTH, "13800000001")) == {old, new}


async def test_a_new_algorithm_is_a_rotation_too() -> None:
    row = await _add(OLD, "13800000001")
    sm4 = replace(OLD, algorithm="sm4-gcm")
    assert await rotation.rotate(sm4, PHONE) == Rotated(rows=1)
    assert await _phone(sm4, row) == "13800000001"


async def test_only_the_index_key_changed() -> None:
    row = await _add(OLD, "13800000001")
    vault = replace(OLD, index=_ring("j", "i"))
    assert await rotation.rotate(vault, PHONE) == Rotated(rows=1)
    assert await _find(replace(OLD, index=_ring("j")), "13800000001") == [row]


async def test_what_no_key_opens_is_counted_and_stays() -> None:
    good, bad = await _add(OLD, "13800000001"), await _add(OLD, "13800000002")
    await db.execute("UPDATE people SET phone_sealed = phone_sealed || '\\x00'::bytea WHERE id = $1", bad)
    assert await rotation.rotate(BOTH, PHONE) == Rotated(rows=1, unreadable=1)
    assert await _phone(NEW, good) == "13800000001"


async def test_a_value_changed_meanwhile_is_not_overwritten() -> None:
    row = await _add(OLD, "13800000001")
    batch = await rotation._old(BOTH, PHONE, "id", UUID(int=0))
    newer = BOTH.encrypt("13900000009", table="people", column="phone_sealed", row=row)
    await db.execute("UPDATE people SET phone_sealed = $2 WHERE id = $1", row, newer)
    fresh = [rotation._sealed_again(BOTH, PHONE, found) for found in batch]
    assert await rotation._replace(PHONE, "id", [new for new in fresh if new]) == 0
    assert await _phone(NEW, row) == "13900000009"


async def test_all_declared_columns_are_rotated_within_the_time_given() -> None:
    async def nothing(_person: UUID) -> Any:
        return 0

    fields = ("phone_sealed", "phone_index", "totp_secret", "name")
    declared = Declaration("people", fields, "试验", Basis.CONTRACT, "试验")
    module = PersonalData("people", (declared,), nothing, nothing)
    assert rotation.sealed_columns([module]) == [PHONE, SealedColumn("people", "totp_secret")]
    await db.execute("ALTER TABLE people ADD COLUMN totp_secret bytea")
    await _add(OLD, "13800000001")
    assert (await rotation.rotate_all(BOTH, [module], seconds=-1)).is_complete is False
    assert await rotation.rotate_all(BOTH, [module], seconds=20) == Rotated(rows=1)
