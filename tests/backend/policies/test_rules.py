"""Rules that a process has read once are kept, and none is lost when it lets go of the others."""

import asyncio

import pytest

from backend.foundation import db
from backend.policies import rules
from tests.backend.policies.people import leaf, published

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _hashes() -> list[str]:
    return [row["rule_hash"] for row in await db.fetch("SELECT rule_hash FROM policy_versions ORDER BY title")]


async def test_no_rule_is_lost_when_another_reader_lets_go_of_what_was_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(6):
        await published(f"第{number}项", leaf("employees", "le", number + 1))
    hashes = await _hashes()
    monkeypatch.setattr(rules, "_KEPT", 1)
    monkeypatch.setattr(rules, "_parsed", {})
    wanted = [set(hashes[:first]) for first in range(1, 7)]
    for _ in range(3):
        assert [set(found) for found in await asyncio.gather(*map(rules.parsed, wanted))] == wanted


async def test_a_rule_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    await published()
    monkeypatch.setattr(rules, "_parsed", {})
    (rule_hash,) = await _hashes()
    (first,) = (await rules.parsed({rule_hash})).values()
    (again,) = (await rules.parsed({rule_hash, "0" * 64})).values()
    assert again is first
