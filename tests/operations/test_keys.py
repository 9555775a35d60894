"""Keys that are not the data's own are told at once, by the launcher and by the doctor."""

from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from backend.foundation.secrets import Vault
from backend.runtime import Runtime
from operations.keys import foreign, refuse_to_replace
from operations.processes import OperationsError
from tests.factories.people import add_enterprise, add_person


@pytest.mark.parametrize("is_older", [True, False])
async def test_a_single_row_under_other_keys_is_found_at_either_end(running: Runtime, is_older: bool) -> None:
    other = replace(running.vault, encryption={"e1": b"9" * 32}, index={"i1": b"8" * 32})
    await add_person(running, "13800001111")
    mixed = replace(running, vault=other)
    await add_person(mixed, "13800002222")
    connection = await asyncpg.connect(running.settings.database_url)
    try:
        assert "persons.phone_sealed" in await foreign(connection, other if is_older else running.vault)
    finally:
        await connection.close()


async def _foreign(running: Runtime, vault: Vault) -> list[str]:
    connection = await asyncpg.connect(running.settings.database_url)
    try:
        return await foreign(connection, vault)
    finally:
        await connection.close()


async def test_the_own_keys_fit_and_each_strange_ring_is_found(running: Runtime) -> None:
    await add_person(running, "13800001111")
    await add_enterprise(running, "91330502MA2B00001X", "张三", "13700003333")
    vault = running.vault
    assert await _foreign(running, vault) == []
    grown = replace(vault, encryption={"e2": b"2" * 32, **vault.encryption}, index={"i2": b"3" * 32, **vault.index})
    assert await _foreign(running, grown) == []
    assert "enterprises.representative_sealed" in await _foreign(running, replace(vault, encryption={"e": b"4" * 32}))
    assert "persons.phone_sealed" in await _foreign(running, replace(vault, index={"i": b"5" * 32}))


def test_new_keys_are_not_made_beside_data(tmp_path: Path) -> None:
    keys = {"WUWEI_ENCRYPTION_KEYS": "a:x", "WUWEI_INDEX_KEYS": "a:x"}
    refuse_to_replace(tmp_path, {})
    (tmp_path / "postgres" / "data").mkdir(parents=True)
    refuse_to_replace(tmp_path, keys)
    with pytest.raises(OperationsError, match=r"\(WUWEI_INDEX_KEYS\) are gone"):
        refuse_to_replace(tmp_path, {**keys, "WUWEI_INDEX_KEYS": ""})
