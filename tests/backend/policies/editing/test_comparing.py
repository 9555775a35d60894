"""Whose answer a next version changes: the same as by the evaluator, page by page, within what the reader may see."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from backend.access import Actor, ActorKind, Grant, Role
from backend.eligibility import Rule, evaluate, facts_from_row, parse
from backend.enterprises.catalogue import CATALOGUE
from backend.foundation import clock, db
from backend.foundation.paging import WrongCursor
from backend.policies import errors, service
from backend.policies.editing import comparing
from backend.policies.editing.comparing import Change
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.people import REVIEWER, WRITER, content, leaf, published
from tests.benches.population import populate

pytestmark = pytest.mark.usefixtures("running")

_OLD = {"all": [leaf("is_sme", "eq", True), leaf("founded_on", "within", {"years": 10})]}
_NEW = {"all": [leaf("is_sme", "eq", True), leaf("employees", "le", 6)]}

_WANTED: dict[Change, Callable[[str, str], bool]] = {
    Change.GAINS: lambda was, now: now == "yes" != was,
    Change.LOSES: lambda was, now: was == "yes" != now,
    Change.ANY: lambda was, now: was != now,
}


async def _next_version(old: dict[str, Any], new: dict[str, Any]) -> UUID:
    done = await published(rule=old)
    await service.edit(done.id, content(rule=new), actor=WRITER, version=done.version)
    return done.id


async def _all(policy_id: UUID, change: Change, limit: int = 7) -> list[dict[str, Any]]:
    found, cursor = [], None
    while True:
        page = await comparing.changes(REVIEWER, policy_id, change=change, cursor=cursor, limit=limit)
        found += page["items"]
        cursor = page["next"]
        assert len(page["items"]) == limit or cursor is None
        if cursor is None:
            return found


def _answers(rule: Rule, rows: list[dict[str, Any]]) -> list[str]:
    return [evaluate(rule, facts_from_row(row, CATALOGUE.values()), clock.today()).value for row in rows]


@pytest.mark.parametrize("change", Change)
async def test_the_changed_are_those_whom_the_evaluator_answers_otherwise(change: Change) -> None:
    await populate(200)
    policy_id = await _next_version(_OLD, _NEW)
    rows = [dict(row) for row in await db.fetch("SELECT * FROM enterprises ORDER BY id")]
    before, after = (_answers(parse(rule, CATALOGUE), rows) for rule in (_OLD, _NEW))
    wanted = _WANTED[change]
    expected = [
        (row["id"], row["name"], row["uscc"], was, now)
        for row, was, now in zip(rows, before, after, strict=True)
        if wanted(was, now)
    ]
    told = await _all(policy_id, change)
    assert [(one["id"], one["name"], one["uscc"], one["before"], one["after"]) for one in told] == expected
    assert len(expected) > 14


async def test_only_what_the_reader_may_see_is_listed() -> None:
    for number, district in enumerate(["330502", "330521"]):
        await enterprise(number, employees=15, district=district)
    policy_id = await _next_version(leaf("employees", "le", 10), leaf("employees", "le", 20))
    reader = Actor(ActorKind.STAFF, UUID(int=9), "", (Grant(Role.REVIEWER, districts=("330521",)),))
    page = await comparing.changes(reader, policy_id, change=Change.GAINS)
    assert [one["district"] for one in page["items"]] == ["330521"]


async def test_a_day_may_be_chosen() -> None:
    await enterprise(founded_on=clock.today().replace(year=clock.today().year - 4))
    policy_id = await _next_version(
        leaf("founded_on", "within", {"years": 5}), leaf("founded_on", "within", {"years": 10})
    )
    assert (await comparing.changes(REVIEWER, policy_id))["items"] == []
    later = clock.today().replace(year=clock.today().year + 3)
    assert len((await comparing.changes(REVIEWER, policy_id, as_of=later))["items"]) == 1


async def test_what_cannot_be_compared_is_told() -> None:
    done = await published()
    with pytest.raises(errors.NothingToCompare):
        await comparing.changes(REVIEWER, done.id)
    with pytest.raises(errors.EditionUnknown):
        await comparing.changes(REVIEWER, done.id, against=9)
    with pytest.raises(WrongCursor):
        await comparing.changes(REVIEWER, done.id, cursor="x")
