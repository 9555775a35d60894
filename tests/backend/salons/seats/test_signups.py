"""A salon's sign-ups as staff look through them: by state, way and district, by what stands in a name."""

import pytest
from asyncpg import Record

from backend.access import Role
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.identity.errors import ReadOnly
from backend.salons.door import tickets
from backend.salons.errors import SignupUnknown
from backend.salons.seats import answering, signups
from backend.salons.seats.signups import Wanted
from tests.backend.cases.people import asker, clerk
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.people import owner
from tests.backend.salons.people import hall, online, owners, published, salon, sign_up, state
from tests.factories.people import add_binding

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _found(salon_id: object, role: Role, **wanted: object) -> list[str]:
    page = await signups.of_salon(await clerk(role), salon_id, Wanted(**wanted), cursor=None, limit=20)  # type: ignore[arg-type]
    return [str(one["id"]) for one in page["items"]]


async def test_of_a_sign_up_the_salon_stands_as_its_times_make_it(clock: Frozen) -> None:
    salon_id = await published(hall(1))
    ((person, place),) = await owners(1)
    made = await sign_up(person, place, salon_id)
    one = await salon(salon_id)
    seen = [(await signups.detail(person, made.id))["salon_state"]]
    clock.advance(one.closes_at - clock.now())
    seen.append((await signups.detail(person, made.id))["salon_state"])
    seen.append((await signups.mine(person, is_coming=True, cursor=None, limit=9))["items"][0]["salon_state"])
    assert ((await salon(salon_id)).state, seen) == ("published", ["open", "closed", "closed"])


async def test_they_are_found_by_state_way_and_name() -> None:
    salon_id = await published(hall(1), online(5))
    (first, second, third) = await owners(3)
    seated = await sign_up(*first, salon_id, attendee="王芳")
    waiting = await sign_up(*second, salon_id, waits=True, attendee="李_%")
    away = await sign_up(*third, salon_id, way="online")
    name = await db.fetch_value("SELECT name FROM enterprises WHERE id = $1", third[1])
    desk = Role.FRONT_DESK
    assert await _found(salon_id, desk) == [str(one.id) for one in (seated, waiting, away)]
    assert await _found(salon_id, desk, states=["waiting"]) == [str(waiting.id)]
    assert await _found(salon_id, desk, way="online") == [str(away.id)]
    assert await _found(salon_id, desk, words="王芳") == [str(seated.id)]
    assert await _found(salon_id, desk, words="_%") == [str(waiting.id)]
    assert str(away.id) in await _found(salon_id, desk, words=name)
    assert await _found(salon_id, desk, words="王芳", way="online") == []


async def test_they_are_found_by_the_district_of_their_enterprise() -> None:
    salon_id = await published(hall(3))
    unplaced = await enterprise(3)
    here, there, nowhere = await asker(1), await asker(2, district="330503"), (await owner(unplaced), unplaced)
    made = [str((await sign_up(*one, salon_id)).id) for one in (here, there, nowhere)]
    page = await signups.of_salon(await clerk(Role.FRONT_DESK), salon_id, Wanted(), cursor=None, limit=20)
    assert [one["district_word"] for one in page["items"]] == ["吴兴区", "南浔区", None]
    assert await _found(salon_id, Role.FRONT_DESK, district="330503") == [made[1]]
    assert await _found(salon_id, Role.FRONT_DESK, district="330521") == []


async def test_who_reads_masked_does_not_find_people_by_name() -> None:
    salon_id = await published(hall(1))
    ((person, place),) = await owners(1)
    made = await sign_up(person, place, salon_id, attendee="王芳")
    name = await db.fetch_value("SELECT name FROM enterprises WHERE id = $1", place)
    assert await _found(salon_id, Role.AUDITOR, words="王芳") == []
    assert await _found(salon_id, Role.AUDITOR, words=name) == [str(made.id)]


async def test_who_has_to_prove_his_binding_anew_acts_on_his_own_sign_up_alone() -> None:
    salon_id = await published(hall(2))
    ((person, place), (colleague, _)) = await owners(2)
    await add_binding(colleague, place)
    made = await sign_up(person, place, salon_id)
    own = await sign_up(colleague, place, salon_id)
    assert "leave" in (await signups.detail(colleague, made.id))["may"]
    await tickets.shown(made.id, actor=colleague)
    sql = "UPDATE bindings SET state = 'read_only', prove_by = created_at WHERE person_id = $1"
    await db.execute(sql, colleague.id)
    assert (await signups.detail(colleague, made.id))["may"] == []
    with pytest.raises(ReadOnly):
        await answering.leave(made.id, "", actor=colleague)
    with pytest.raises(ReadOnly):
        await tickets.reissue(made.id, "换一个", actor=colleague)
    with pytest.raises(SignupUnknown):
        await tickets.shown(made.id, actor=colleague)
    assert await state(made.id) == "confirmed"
    assert (await answering.leave(own.id, "", actor=colleague)).state == "left"


_MANY = """
SELECT pg_restore_relation_stats('schemaname', 'public', 'relname', $1::text, 'relpages', 10, 'reltuples', 1e7::real)
"""
"""Tells the planner of a million rows a page, whatever earlier tests left it to believe."""


async def test_an_owners_list_is_found_from_himself_however_many_sign_ups_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ((person, place),) = await owners(1)
    await sign_up(person, place, await published(hall(1)))
    told: list[str] = []
    fetch = db.fetch

    async def explained(sql: str, *params: object) -> list[Record]:
        async with db.transaction():
            for table in ("salons", "salon_signups", "bindings"):
                await db.execute(_MANY, table)
            await db.execute("SET LOCAL enable_seqscan = off")
            told.extend(row[0] for row in await fetch(f"EXPLAIN {sql}", *params))
            for table in ("salons", "salon_signups", "bindings"):
                await db.execute("SELECT pg_clear_relation_stats('public', $1::text)", table)
        return []

    monkeypatch.setattr(db, "fetch", explained)
    await signups.mine(person, is_coming=True, cursor=None, limit=20)
    monkeypatch.undo()
    assert not [line for line in told if "Seq Scan" in line], told
    looks = [n for n, line in enumerate(told) if "on salon_signups" in line]
    assert len(looks) >= 3
    assert all("Cond: " in told[n + 1] for n in looks), told
