"""Whom a version is for: found set-wise, each person once, and named by a digest."""

import asyncio
import hashlib
from datetime import date, timedelta
from uuid import UUID

import pytest

from backend import consents
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.policies import service
from backend.policies.telling import recipients
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.counting import counted
from tests.backend.policies.people import REVIEWER, owner, published

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _version() -> UUID:
    found: UUID = await db.fetch_value("SELECT id FROM policy_versions ORDER BY id DESC LIMIT 1")
    return found


async def test_the_digest_is_over_the_ordered_ids_and_stays() -> None:
    shop = await enterprise(1, employees=3)
    people = sorted([(await owner(shop)).id for _ in range(5)], key=str)
    await published()
    version = await _version()
    found = await recipients.freeze(version)
    expected = hashlib.sha256(b"".join(UUID(str(one)).bytes for one in people)).hexdigest()
    assert found == recipients.Frozen(5, expected)
    assert await recipients.freeze(version) == found
    await owner(shop)
    assert await recipients.freeze(version, "difference") != found
    assert await recipients.frozen(version) == found


async def test_one_transaction_may_look_at_several_slices_and_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipients, "SLICE", 2)
    shop = await enterprise(1, employees=3)
    for _ in range(5):
        await owner(shop)
    await published("一")
    await published("二")
    versions = [row["id"] for row in await db.fetch("SELECT id FROM policy_versions")]
    async with db.transaction():
        assert [(await recipients.freeze(version)).count for version in versions] == [5, 5]


async def test_nobody_at_all_has_a_digest_too() -> None:
    await published()
    assert await recipients.freeze(await _version()) == recipients.Frozen(0, hashlib.sha256(b"").hexdigest())


async def test_one_row_a_person_that_speaks_of_his_first_enterprise_by_name() -> None:
    second, first = await enterprise(1, "乙店", employees=3), await enterprise(2, "丙店", employees=4)
    other = await enterprise(3, "甲店", employees=99)
    person = await owner(second, first, other)
    await published()
    await recipients.freeze(await _version())
    [row] = await db.fetch("SELECT * FROM policy_recipients")
    assert (row["person_id"], row["enterprise_id"], row["enterprises"], row["told_at"]) == (person.id, first, 2, None)


async def test_whoever_is_no_recipient_is_left_out_by_the_statement_itself() -> None:
    fits, closed = await enterprise(1, employees=3), await enterprise(2, employees=3)
    unknown = await enterprise(3)
    await db.execute("UPDATE enterprises SET closed_at = now() WHERE id = $1", closed)
    stays, refuses = await owner(fits), await owner(fits)
    await consents.refuse(refuses)
    for state in ("pending", "read_only", "ended"):
        await owner(fits, state=state)
    await owner(fits, until=clock_module.now())
    await owner(fits, role="clerk", until=clock_module.day_start(date(2030, 1, 1)))
    await owner(closed, unknown)
    await published()
    await recipients.freeze(await _version())
    assert [row["person_id"] for row in await db.fetch("SELECT person_id FROM policy_recipients")] == [stays.id]


@pytest.mark.parametrize(
    "change",
    [
        "reference_only = TRUE, published_at = NULL",
        "effective_from = '2026-11-24'",
        "apply_from = '2026-11-24', apply_until = NULL",
        "apply_until = '2026-11-22'",
        "pushes_paused_at = now()",
        "state = 'withdrawn', ended_at = now()",
    ],
)
async def test_a_version_that_is_not_open_finds_nobody(change: str) -> None:
    await owner(await enterprise(1, employees=3))
    await published()
    version = await _version()
    if "reference_only" in change:
        await db.execute("UPDATE policy_versions SET state = 'draft'")
        change += ", state = 'draft'"
    await db.execute(f"UPDATE policy_versions SET {change}")
    assert (await recipients.freeze(version)).count == 0


async def test_slices_find_the_same_people_and_split_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipients, "SLICE", 2)
    shops = [await enterprise(number, f"店{number}", employees=number) for number in range(1, 6)]
    people = [await owner(*shops) for _ in range(3)] + [await owner(shops[0]) for _ in range(2)]
    await published()
    assert (await recipients.freeze(await _version())).count == len(people)
    assert [row["enterprises"] for row in await db.fetch("SELECT enterprises FROM policy_recipients ORDER BY 1")] == [
        1,
        1,
        5,
        5,
        5,
    ]


async def test_whoever_was_found_elsewhere_meanwhile_is_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = await enterprise(1, employees=3)
    people = [await owner(shop) for _ in range(3)]
    await published()
    version = await _version()
    both = await asyncio.gather(*(recipients.freeze(version) for _ in range(2)))
    assert {one.count for one in both} == {3}
    await db.execute("DELETE FROM policy_recipients WHERE person_id = $1", people[0].id)
    looked_too_early = recipients._KEEP_FOUND.replace("r.person_id = f.person_id", "FALSE")
    monkeypatch.setattr(recipients, "_KEEP_FOUND", looked_too_early)
    assert await recipients.freeze(version) == both[0]


async def test_finding_a_hundred_takes_as_many_statements_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = await enterprise(1, employees=3)
    await published()
    await recipients.freeze(await _version())  # a process reads a rule once
    counts = []
    for people in (1, 100):
        for _ in range(people):
            await owner(shop)
        await published(str(people))
        version = await _version()
        with counted(monkeypatch) as statements:
            await recipients.freeze(version)
        counts.append(len(statements))
    assert counts[0] == counts[1] == 7


async def test_who_was_told_is_forgotten_half_a_year_after_the_end(clock: clock_module.Frozen) -> None:
    await owner(await enterprise(1, employees=3))
    done, _ = await published("一"), await published("二")
    for row in await db.fetch("SELECT id FROM policy_versions"):
        await recipients.freeze(row["id"])
    await service.withdraw(done.id, "到期", actor=REVIEWER)
    clock.advance(timedelta(days=179))
    assert await recipients.let_go() == 0
    clock.advance(timedelta(days=2))
    assert await recipients.let_go() == 1
    assert await db.fetch_value("SELECT count(*) FROM policy_recipients") == 1
