"""Whoever was told of what was wrong, or was taken back, hears of that, once."""

from typing import Any

import pytest

from backend.foundation import db
from backend.policies import service
from backend.policies.editing.versions import Handled
from backend.policies.telling import spreading
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.people import REVIEWER, WRITER, content, leaf, owner, published
from tests.backend.policies.spreads import heard, kinds, spread

pytestmark = pytest.mark.usefixtures("running", "clock")


async def test_a_withdrawal_is_told_once_to_whoever_was_told_of_it_and_to_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(spreading, "CHUNK", 2)
    shop = await enterprise(1, employees=3)
    told = {(await owner(shop)).id for _ in range(5)}
    done = await published()
    await spread()
    await owner(shop)
    await service.withdraw(done.id, "文件已废止", actor=REVIEWER)
    await spread()
    rows = await db.fetch("SELECT person_id, body FROM inbox WHERE kind = 'policy_retracted'")
    assert {row["person_id"] for row in rows} == told
    assert len(rows) == 5
    assert "《小店减费》已撤回：文件已废止。" in rows[0]["body"]


async def _corrects(done: Handled, note: str, rule: dict[str, Any] | None = None) -> Handled:
    edited = await service.edit(done.id, content(rule=rule, correction=note), actor=WRITER, version=done.version)
    handed = await service.submit(edited.id, actor=WRITER)
    return await service.publish(edited.id, actor=REVIEWER, version=handed.version)


async def test_a_correction_is_one_notice_in_the_place_of_a_push() -> None:
    fits_both = await owner(await enterprise(1, employees=3))
    no_longer = await owner(await enterprise(2, employees=9))
    done = await published()
    await spread()
    fits_now = await owner(await enterprise(3, employees=4))
    again = await _corrects(done, "人数上限应为五人", leaf("employees", "le", 5))
    await spread()
    assert "人数上限应为五人。" in (await heard())[no_longer.id]["body"], "what changed is told"
    assert await kinds(fits_both) == await kinds(no_longer) == ["policy_matched", "policy_corrected"]
    assert await kinds(fits_now) == ["policy_matched"]
    await service.withdraw(again.id, "停止执行", actor=REVIEWER)
    await spread()
    assert [(await kinds(one))[-1] for one in (fits_both, no_longer, fits_now)] == ["policy_retracted"] * 3


async def test_a_correction_that_was_itself_wrong_before_anybody_heard_leaves_nobody_out() -> None:
    person = await owner(await enterprise(1, employees=3))
    done = await published()
    await spread()
    hasty = await _corrects(done, "人数上限应为五人", leaf("employees", "le", 5))
    await _corrects(hasty, "人数上限应为二人", leaf("employees", "le", 2))
    await spread()
    assert await kinds(person) == ["policy_matched", "policy_corrected"]
    assert "人数上限应为二人" in (await heard())[person.id]["body"]


async def test_a_correction_withdrawn_before_anybody_heard_is_a_withdrawal_of_what_they_had_heard_of() -> None:
    person = await owner(await enterprise(1, employees=3))
    done = await published()
    await spread()
    hasty = await _corrects(done, "人数上限应为五人")
    gone = await service.withdraw(hasty.id, "停止执行", actor=REVIEWER)
    await spread()
    assert await kinds(person) == ["policy_matched", "policy_retracted"]
    again = await _corrects(gone, "恢复执行")
    await service.withdraw(again.id, "仍停止执行", actor=REVIEWER)
    await spread()
    assert await kinds(person) == ["policy_matched", "policy_retracted"]
