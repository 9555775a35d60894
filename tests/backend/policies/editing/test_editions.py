"""Which edition held on which day, and what a correction and a withdrawal put on their way."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.policies import errors, service
from backend.policies.editing import editions
from backend.policies.editing.content import NumberedPolicy
from backend.policies.editing.versions import Handled
from backend.policies.models import PolicyVersion
from backend.policies.states import VersionState
from tests.backend.policies.people import CITATION, REVIEWER, WRITER, content, published

pytestmark = pytest.mark.usefixtures("running", "clock")


def _day(month: int, day: int, year: int = 2026) -> date:
    return date(year, month, day)


async def _next(first: Handled, **given: Any) -> Handled:
    await service.edit(first.id, content("小店减费（续）", **given), actor=WRITER, version=first.version)
    handed = await service.submit(first.id, actor=WRITER)
    return await service.publish(first.id, actor=REVIEWER, version=handed.version)


_HELD = f"SELECT v.edition FROM policy_versions v WHERE v.policy_id = $1 AND {editions.IN_FORCE.format(day='$2::date')}"


async def _edition(of: Handled, day: date) -> int | None:
    """The edition that held on a day; no day has two."""
    held = [row["edition"] for row in await db.fetch(_HELD, of.id, day)]
    assert len(held) < 2
    return held[0] if held else None


async def test_a_first_edition_holds_from_its_first_day_to_its_last(clock: Frozen) -> None:
    done = await published(effective_from=_day(3, 1), effective_to=_day(11, 30))
    days = (_day(2, 28), _day(3, 1), _day(11, 30), _day(12, 1))
    assert [await _edition(done, day) for day in days] == [None, 1, 1, None]
    clock.set(datetime(2026, 12, 5, tzinfo=UTC))
    await service.expire()
    assert [await _edition(done, day) for day in days] == [None, 1, 1, None]


async def test_the_window_s_last_day_is_the_last_too() -> None:
    done = await published(apply_until=_day(11, 30), effective_to=None)
    assert [await _edition(done, day) for day in (_day(11, 30), _day(12, 1))] == [1, None]


async def test_a_next_edition_holds_from_the_day_it_came(clock: Frozen) -> None:
    first = await published()
    clock.set(datetime(2026, 12, 9, 16, 30, tzinfo=UTC))  # 10 December in Huzhou
    await _next(first)
    days = (_day(11, 23), _day(12, 9), _day(12, 10), _day(1, 1, 2027))
    assert [await _edition(first, day) for day in days] == [1, 1, 2, 2]


async def test_drafts_and_what_only_waits_hold_on_no_day(clock: Frozen) -> None:
    first = await published()
    await _next(first, effective_from=_day(1, 1, 2027))
    assert [await _edition(first, day) for day in (_day(12, 31), _day(1, 1, 2027))] == [1, 1]
    made = await service.draft(content(), actor=WRITER)
    assert await _edition(made, _day(11, 23)) is None


async def test_what_was_withdrawn_holds_on_no_day_and_the_one_before_keeps_its_own(clock: Frozen) -> None:
    first = await published()
    clock.advance(timedelta(days=7))
    second = await _next(first)
    clock.advance(timedelta(days=7))
    await service.withdraw(second.id, "有误", actor=REVIEWER)
    days = (_day(11, 23), _day(11, 29), _day(11, 30), _day(12, 6), _day(12, 7), _day(1, 1, 2027))
    assert [await _edition(first, day) for day in days] == [1, 1, None, None, None, None]


async def test_a_withdrawal_is_told_to_who_was_told() -> None:
    done = await published()
    version = await PolicyVersion.get(policy_id=done.id)
    await service.withdraw(done.id, "金额有误", actor=REVIEWER)
    (item,) = await db.fetch("SELECT payload, state FROM outbox WHERE topic = $1", service.RETRACTED)
    assert orjson.loads(item["payload"]) == {"version_id": str(version.id), "reason": "金额有误"}
    assert item["state"] == "pending"


async def test_a_correction_names_what_it_corrects() -> None:
    first = await published()
    second = await _next(first, correction="补贴标准应为每人500元")
    old, new = await PolicyVersion.filter(policy_id=first.id).order_by("edition")
    assert (second.state, old.state, new.corrects) == (VersionState.PUBLISHED, VersionState.SUPERSEDED, old.id)
    (item,) = await db.fetch("SELECT payload FROM outbox WHERE topic = $1", service.CORRECTED)
    assert orjson.loads(item["payload"]) == {"version_id": str(new.id)}


async def test_a_correction_follows_what_was_withdrawn_too() -> None:
    first = await published()
    taken = await service.withdraw(first.id, "金额有误", actor=REVIEWER)
    await _next(taken, correction="金额已改正")
    old, new = await PolicyVersion.filter(policy_id=first.id).order_by("edition")
    assert new.corrects == old.id


async def test_a_plain_next_edition_corrects_nothing() -> None:
    first = await published()
    await _next(first)
    assert await db.fetch_value("SELECT count(*) FROM outbox WHERE topic = $1", service.CORRECTED) == 0


async def test_a_withdrawn_correction_is_told_no_more() -> None:
    first = await published()
    second = await _next(first, correction="金额已改正")
    await service.withdraw(second.id, "更正也有误", actor=REVIEWER)
    assert await db.fetch_value("SELECT state FROM outbox WHERE topic = $1", service.CORRECTED) == "cancelled"


async def test_where_nothing_came_out_there_is_nothing_to_correct() -> None:
    with pytest.raises(errors.NothingToCorrect):
        await published(correction="更正")


def _exclusion(number: str) -> dict[str, Any]:
    return {"number": number, "citation": CITATION}


async def test_no_policy_excludes_itself() -> None:
    with pytest.raises(errors.ExcludesItself):
        await service.draft(content(exclusions=[_exclusion("ZC-1")]), actor=WRITER, number="ZC-1")
    made = await service.draft(content(exclusions=[_exclusion("ZC-2")]), actor=WRITER, number="ZC-1")
    with pytest.raises(errors.ExcludesItself):
        await service.edit(made.id, content(exclusions=[_exclusion("ZC-1")]), actor=WRITER, version=1)
    with pytest.raises(ValidationError, match="自己"):
        NumberedPolicy(number="ZC-1", **{**content().model_dump(), "exclusions": [_exclusion("ZC-1")]})
    stored = await PolicyVersion.get(policy_id=made.id)
    assert stored.exclusions == [_exclusion("ZC-2")]


@pytest.mark.parametrize(
    "exclusions",
    [
        [_exclusion("ZC-1"), _exclusion("ZC-1")],
        [_exclusion(f"ZC-{number}") for number in range(21)],
        [{"number": "ZC-1"}],
        [{"number": "zc-1", "citation": CITATION}],
        [{"number": "ZC-1", "citation": {**CITATION, "article": ""}}],
        [{"number": "ZC-1", "citation": {**CITATION, "sentence": "坏\x00字"}}],
    ],
    ids=["twice", "many", "bare", "number", "citation", "nul"],
)
def test_an_exclusion_is_cited_and_stands_once(exclusions: list[dict[str, Any]]) -> None:
    with pytest.raises(ValidationError):
        content(exclusions=exclusions)
