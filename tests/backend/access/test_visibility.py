"""What staff see: the union of their grants, and nothing by accident."""

from datetime import timedelta
from uuid import uuid4

import pytest

from backend.access import (
    EVERYTHING,
    EXCLUSIVE,
    NOTHING,
    PERMISSIONS,
    ROLES,
    SYSTEM,
    Actor,
    ActorKind,
    Condition,
    Grant,
    Role,
    granted,
)
from backend.foundation import db
from backend.foundation.clock import Frozen, now
from backend.foundation.errors import Forbidden

READ = "enterprises.read"
PLACES = ("330502", "330502001", "330503", "330521")
UNITS = (uuid4(), uuid4())


def _staff(*grants: Grant) -> Actor:
    return Actor(ActorKind.STAFF, uuid4(), "某", grants)


async def _seen(condition: Condition) -> set[tuple[str, int]]:
    rows = [(place, number) for place in PLACES for number in range(2)]
    sql = (
        "SELECT t.place, t.number FROM unnest($1::text[], $2::int[], $3::uuid[]) AS t (place, number, unit)"
        f" WHERE t.number >= 0 AND {condition.render(4)}"
    )
    units = [UNITS[number] for _, number in rows]
    found = await db.fetch(sql, [row[0] for row in rows], [row[1] for row in rows], units, *condition.params)
    return {(row["place"], row["number"]) for row in found}


def _granted(actor: Actor, permission: str = READ) -> Condition:
    return granted(actor, permission, district="t.place", unit="t.unit")


ALL = {(place, number) for place in PLACES for number in range(2)}


@pytest.mark.usefixtures("database")
async def test_grants_add_up_and_each_keeps_its_own_limits() -> None:
    assert await _seen(_granted(_staff(Grant(Role.VISITOR)))) == ALL
    assert await _seen(_granted(_staff())) == set()
    assert await _seen(_granted(_staff(Grant(Role.VISITOR, districts=("330502",))))) == {
        (place, number) for place in PLACES[:2] for number in range(2)
    }
    both = Grant(Role.VISITOR, UNITS[1], districts=("330503",))
    assert await _seen(_granted(_staff(both))) == {("330503", 1)}
    assert await _seen(_granted(_staff(both, Grant(Role.MANAGER, districts=("330521",))))) == {
        ("330503", 1),
        ("330521", 0),
        ("330521", 1),
    }
    assert await _seen(_granted(SYSTEM)) == ALL


@pytest.mark.usefixtures("database")
async def test_a_grant_gives_only_what_its_role_its_capabilities_and_its_time_give(clock: Frozen) -> None:
    assert await _seen(_granted(_staff(Grant(Role.SYSTEM_ADMINISTRATOR)))) == set()
    assert await _seen(_granted(_staff(Grant(Role.VISITOR, capabilities=("policies",))))) == set()
    until = _staff(Grant(Role.VISITOR, until=now() + timedelta(hours=1)))
    assert await _seen(_granted(until)) == ALL
    clock.advance(timedelta(hours=1))
    assert await _seen(_granted(until)) == set()


@pytest.mark.usefixtures("database")
async def test_where_rows_have_no_district_a_limit_to_one_shows_nothing() -> None:
    limited = _staff(Grant(Role.VISITOR, districts=("330502",)))
    assert await _seen(granted(limited, READ, district=None)) == set()


@pytest.mark.usefixtures("database")
async def test_a_joined_condition_never_widens_the_one_before_it() -> None:
    for joined in (NOTHING | EVERYTHING, EVERYTHING | NOTHING, NOTHING | NOTHING | EVERYTHING):
        assert await db.fetch_value(f"SELECT FALSE AND {joined.render()}") is False
    both = Condition("{}::int = {}::int", (1, 2)) | Condition("{}::int = 3", (3,)) & EVERYTHING
    assert await db.fetch_value(f"SELECT {both.render()}", *both.params) is True


def test_system_administrators_read_no_business_data() -> None:
    assert {permission.partition(".")[0] for permission in ROLES[Role.SYSTEM_ADMINISTRATOR]} == {"system"}


def test_the_three_exclusive_roles_share_no_duty() -> None:
    administrators = [role for role in EXCLUSIVE if role is not Role.AUDITOR]
    shared = ROLES[administrators[0]] & ROLES[administrators[1]]
    assert shared == {"system.watch"}, "both look at what is wrong; each acts on his own"
    changes = {permission for permission in ROLES[Role.AUDITOR] if not permission.endswith(".read")}
    assert changes == set(), "an auditor reads and changes nothing"


def test_every_permission_of_a_role_exists_and_is_told_in_words() -> None:
    assert set().union(*ROLES.values()) <= set(PERMISSIONS)
    assert all(PERMISSIONS.values())
    assert set(ROLES) == set(Role)


def test_an_auditor_reads_masked_unless_another_role_lets_him_see() -> None:
    assert _staff(Grant(Role.AUDITOR)).reads_masked(READ)
    assert not _staff(Grant(Role.AUDITOR), Grant(Role.VISITOR)).reads_masked(READ)
    assert not _staff(Grant(Role.VISITOR)).reads_masked(READ)


def test_a_missing_permission_is_named() -> None:
    with pytest.raises(Forbidden) as caught:
        _staff(Grant(Role.VISITOR)).require("staff.manage")
    assert caught.value.permission == "staff.manage"
    assert caught.value.detail == "您缺少权限“管理账号和授权”，请联系管理员开通。", "in words, not by its code"
