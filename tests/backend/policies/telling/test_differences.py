"""Whoever comes to fit after the publication is found by the next night and told once; nobody else is."""

from datetime import date, timedelta
from typing import Any

import pytest

from backend import consents, outbox
from backend.access import SYSTEM
from backend.eligibility import Source
from backend.eligibility.durations import Duration
from backend.enterprises import service as enterprises
from backend.enterprises.facts import record
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.policies import rules, service
from backend.policies.telling import crossing, differences, recipients
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.counting import counted
from tests.backend.policies.nights import changed, night, spread, told
from tests.backend.policies.people import REVIEWER, UP_TO_TEN, leaf, owner, published

pytestmark = pytest.mark.usefixtures("running")

WITHIN_FIVE_YEARS = leaf("founded_on", "within", {"years": 5})
THREE_YEARS_OLD = {"not": leaf("founded_on", "within", {"years": 3})}
TONIGHT = timedelta(days=1)


async def test_a_fact_that_was_told_is_found_by_the_next_night_and_told_once(clock: clock_module.Frozen) -> None:
    shop, other = await enterprise(1), await enterprise(2, employees=11)
    person, still_no = await owner(shop), await owner(other)
    await published()
    await spread()
    await enterprises.tell(shop, {"employees": 3}, actor=person)
    assert await told(person) == [0]
    await night(clock)
    assert await told(person, still_no) == [1, 0]
    found_by = await db.fetch_value("SELECT found_by FROM policy_recipients")
    assert found_by == "difference"
    for _ in range(2):
        await enterprises.tell(shop, {"employees": 4}, actor=person)
        await night(clock)
    assert await told(person, still_no) == [1, 0]


async def test_what_an_import_changed_is_found_and_who_no_longer_fits_is_not(clock: clock_module.Frozen) -> None:
    comes, goes, back = [await enterprise(number, employees=11) for number in (1, 2, 3)]
    people = [await owner(shop) for shop in (comes, goes, back)]
    await published()
    await spread()
    await night(clock)
    for shop, employees in ((comes, 9), (goes, 12), (back, 9)):
        await changed(shop, employees=employees)
    await changed(back, employees=11)
    await night(clock)
    assert await told(*people) == [1, 0, 0]


@pytest.mark.parametrize("nights", [(1, 1, 1, 1), (1, 3)])
@pytest.mark.parametrize(
    ("rule", "founded", "fits"),
    [
        (THREE_YEARS_OLD, date(2023, 11, 26), True),
        (THREE_YEARS_OLD, date(2023, 11, 27), False),
        (THREE_YEARS_OLD, date(2023, 12, 10), False),
        (WITHIN_FIVE_YEARS, date(2026, 11, 27), True),
        (WITHIN_FIVE_YEARS, date(2021, 11, 22), False),
    ],
)
async def test_a_date_that_is_reached_is_found_by_its_night_or_by_the_next_one_that_runs(
    clock: clock_module.Frozen, rule: dict[str, Any], founded: date, nights: tuple[int, ...], *, fits: bool
) -> None:
    shop = await enterprise(1, founded_on=founded)
    person = await owner(shop)
    await published("到日子", rule)
    await spread()
    for days in nights:
        assert await told(person) == [0]
        await night(clock, days)
    assert clock_module.today() == date(2026, 11, 27)
    assert await told(person) == [int(fits)]
    await night(clock)
    await night(clock)
    assert (await told(person))[0] <= 1


async def test_a_day_looks_only_at_those_whose_date_it_passes(clock: clock_module.Frozen) -> None:
    shops = [await enterprise(day, founded_on=date(2023, 11, day), employees=3) for day in range(20, 31)]
    for shop in shops:
        await owner(shop)
    await published("三年以上", THREE_YEARS_OLD)
    await published("人数")
    await spread()
    await night(clock)
    seen = await _due_of(clock)
    assert len(seen) == 2
    assert {row["founded_on"].day for row in seen} == {24, 25}


async def _due_of(clock: clock_module.Frozen) -> list[Any]:
    """Begin a night and stop it once all that is due is known."""
    clock.set(clock_module.day_start(clock_module.today() + TONIGHT) + timedelta(hours=3))
    assert await differences.begin()
    place: Any = differences._Place(clock_module.today(), clock_module.today() - TONIGHT)
    async with db.transaction():
        while place.step in {"filling", "crossing"}:
            place = await differences._STEPS[place.step](place)
    return await db.fetch(
        "SELECT e.founded_on FROM policy_due d JOIN bindings b ON b.id = d.binding_id JOIN enterprises e"
        " ON e.id = b.enterprise_id"
    )


async def test_a_validity_that_ends_lets_another_value_count(clock: clock_module.Frozen) -> None:
    shop = await enterprise(1)
    person = await owner(shop)
    long_ago = clock_module.today() - timedelta(days=549)
    await record(shop, {"employees": 30}, source=Source.BUREAU, actor=SYSTEM, as_of=long_ago)
    await enterprises.tell(shop, {"employees": 5}, actor=person)
    await published()
    await spread()
    await night(clock)
    assert await told(person) == [0]
    await night(clock)
    assert await told(person) == [1]


async def test_who_acts_again_or_allows_again_is_looked_at_again(clock: clock_module.Frozen) -> None:
    shop = await enterprise(1, employees=3)
    away, refuses = await owner(shop), await owner(shop)
    await db.execute("UPDATE bindings SET state = 'read_only', prove_by = now() WHERE person_id = $1", away.id)
    await consents.refuse(refuses)
    await published()
    await spread()
    await night(clock)
    assert await told(away, refuses) == [0, 0]
    await db.execute("UPDATE bindings SET state = 'active', prove_by = NULL WHERE person_id = $1", away.id)
    await consents.allow(refuses)
    await night(clock)
    assert await told(away, refuses) == [1, 1]


async def test_withdrawn_ended_and_paused_versions_are_told_to_nobody(clock: clock_module.Frozen) -> None:
    shop = await enterprise(1)
    person = await owner(shop)
    withdrawn, paused = await published("撤回"), await published("暂停")
    await published("到期", effective_to=date(2026, 11, 23))
    await spread()
    await service.withdraw(withdrawn.id, "有误", actor=REVIEWER)
    await db.execute("UPDATE policy_versions SET pushes_paused_at = now() WHERE policy_id = $1", paused.id)
    await changed(shop, employees=3)
    await night(clock)
    await night(clock)
    assert await told(person) == [0]
    await db.execute("UPDATE policy_versions SET pushes_paused_at = NULL WHERE policy_id = $1", paused.id)
    await night(clock)
    assert await db.fetch_value("SELECT body FROM inbox WHERE kind = 'policy_matched'") is not None
    assert await told(person) == [1]


async def test_a_version_that_paused_before_it_was_spread_is_spread_by_the_first_night_after(
    clock: clock_module.Frozen,
) -> None:
    person = await owner(await enterprise(1, employees=3))
    await published()
    await db.execute("UPDATE policy_versions SET pushes_paused_at = now()")
    await spread()
    await night(clock)
    assert await told(person) == [0]
    await db.execute("UPDATE policy_versions SET pushes_paused_at = NULL")
    await night(clock)
    assert await told(person) == [1]


async def test_a_night_in_small_cells_finds_the_same(
    clock: clock_module.Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, small in (("BINDINGS", 2), ("CONDITIONS", 1), ("_VERSIONS", 3), ("SECONDS", 0.001)):
        monkeypatch.setattr(differences, name, small)
    shops = [await enterprise(number) for number in range(1, 6)]
    people = [await owner(shop, shops[0]) for shop in shops[1:]]
    for title in "甲乙":
        await published(title)
    await spread()
    await night(clock)
    for shop in shops[1:3]:
        await changed(shop, employees=3)
    await night(clock)
    assert await told(*people) == [2, 2, 0, 0]
    await changed(shops[0], employees=3)
    await night(clock)
    assert await told(*people) == [2] * 4
    enterprises_of = await db.fetch("SELECT DISTINCT enterprises FROM policy_recipients")
    assert [row[0] for row in enterprises_of] == [1]


async def test_the_night_begins_once_a_day_and_not_before_its_hour(clock: clock_module.Frozen) -> None:
    assert not await differences.begin("23:59")
    assert await differences.begin("02:30")
    assert not await differences.begin("02:30")
    clock.set(clock_module.day_start(date(2026, 11, 24)) + timedelta(hours=2))
    assert not await differences.begin("02:30")
    clock.advance(timedelta(hours=1))
    assert await differences.begin("02:30")


async def test_a_publication_between_the_nights_changes_is_found_whole(clock: clock_module.Frozen) -> None:
    """A version that is frozen from older facts while a night goes on is looked at whole by the next one."""
    shop = await enterprise(1)
    person = await owner(shop)
    await published("先")
    await spread()
    await night(clock)
    await changed(shop, employees=3)
    clock.advance(TONIGHT)
    assert await differences.begin()
    await published("后")
    version = await db.fetch_value("SELECT id FROM policy_versions ORDER BY id DESC LIMIT 1")
    await db.execute("UPDATE enterprises SET employees = 11 WHERE id = $1", shop)  # as its snapshot saw it
    await recipients.freeze(version)
    await db.execute("UPDATE enterprises SET employees = 3 WHERE id = $1", shop)
    await db.execute("INSERT INTO policy_spreads (version_id, frozen_at) VALUES ($1, now())", version)
    await outbox.cancel(service.PUBLISHED, str(version))
    await spread()
    assert await told(person) == [1]
    await night(clock)
    assert await told(person) == [2]


async def test_a_night_takes_as_many_statements_for_many_as_for_one(
    clock: clock_module.Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = []
    for at, size in enumerate((1, 12)):
        shops = [await enterprise(at * 100 + number) for number in range(size)]
        for shop in shops:
            await owner(shop)
        for number in range(size):
            await published(f"{at}-{number}")
        await spread()
        for shop in shops:
            await changed(shop, employees=3)
        clock.advance(TONIGHT)
        assert await differences.begin()
        with counted(monkeypatch) as statements:
            await outbox.drain(differences.HANDLERS)
        counts.append(sum("policy_" in sql for sql in statements))
        await spread()
    assert counts[1] <= counts[0] + 5
    assert max(counts) < 40


def test_bounds_are_named_once_and_pass_over_whole_spans_of_days() -> None:
    parsed = [rules.parse_stored(one) for one in (WITHIN_FIVE_YEARS, {"not": WITHIN_FIVE_YEARS}, UP_TO_TEN)]
    named = crossing.bounds(parsed)
    assert list(named.values()) == [("founded_on", Duration(60)), ("founded_on", Duration())]
    passed = crossing.crossed(named, date(2026, 11, 20), date(2026, 11, 23), alias="e", first_param=2)
    assert passed.sql == "e.founded_on BETWEEN $2::date AND $3::date OR e.founded_on BETWEEN $4::date AND $5::date"
    assert passed.params == (date(2021, 11, 20), date(2021, 11, 23), date(2026, 11, 20), date(2026, 11, 23))
