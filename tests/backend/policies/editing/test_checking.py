"""A rule while it is written: what is wrong, what it needs, how it answers one enterprise; nothing is kept."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.access import Actor, ActorKind, Grant, Role
from backend.eligibility import AsOfInvalid
from backend.enterprises.errors import EnterpriseUnknown
from backend.foundation import clock, db
from backend.foundation.errors import Forbidden
from backend.foundation.ids import new_id
from backend.policies.editing import checking
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.people import WRITER, leaf

pytestmark = pytest.mark.usefixtures("database")

_GOOD = {"all": [leaf("employees", "le", 10), leaf("has_ip", "eq", True)]}


async def test_a_good_rule_names_its_facts_and_hash() -> None:
    told = await checking.check(WRITER, _GOOD)
    assert (told["findings"], told["why"], len(told["hash"])) == ([], None, 64)
    assert [(one["fact"], one["unit"]) for one in told["facts"]] == [("employees", "人"), ("has_ip", "")]


@pytest.mark.parametrize(
    ("rule", "level", "code"),
    [
        (leaf("mood", "eq", 1), "error", "unknown_fact"),
        ({**leaf("employees", "le", 10), "citation": None}, "error", "missing_citation"),
        (leaf("credit_risk_class", "eq", "A"), "error", "internal_fact"),
        ({"all": [leaf("employees", "le", 10)] * 500}, "error", "too_many"),
        (leaf("ownership", "eq", "private"), "warning", "discriminatory_fact"),
        ({"all": [leaf("employees", "le", 10), leaf("employees", "ge", 20)]}, "warning", "contradiction"),
        ({**leaf("employees", "le", 10), "say": "一律免罚"}, "warning", "promise"),
    ],
)
async def test_findings_say_how_bad_they_are(rule: dict[str, Any], level: str, code: str) -> None:
    told = await checking.check(WRITER, rule)
    assert (level, code) in [(one["level"], one["code"]) for one in told["findings"]]
    assert (told["hash"] is None, told["facts"] == []) == ((level == "error"),) * 2


@pytest.mark.parametrize("rule", [{}, {"all": []}, [], None, 7, "x", {"all": 1}, {"not": {"not": []}}])
async def test_what_is_no_rule_is_a_finding(rule: object) -> None:
    told = await checking.check(WRITER, rule)
    assert told["hash"] is None
    assert {one["level"] for one in told["findings"]} == {"error"}


async def test_one_enterprise_is_answered_clause_by_clause_on_any_day() -> None:
    shop = await enterprise(employees=3)
    told = (await checking.check(WRITER, _GOOD, enterprise_id=shop))["why"]
    assert (told["verdict"], [one["fact"] for one in told["missing"]]) == ("unknown", ["has_ip"])
    later = (await checking.check(WRITER, _GOOD, enterprise_id=shop, as_of=clock.today() + timedelta(days=600)))["why"]
    assert [part["because"] for part in later["root"]["parts"]] == ["stale", "missing"]
    assert await db.fetch_value("SELECT count(*) FROM policy_versions") == 0


async def test_only_enterprises_that_the_writer_may_see_are_answered() -> None:
    shop = await enterprise(employees=3, district="330502")
    away = Actor(ActorKind.STAFF, UUID(int=9), "", (Grant(Role.PUBLISHER, districts=("330521",)),))
    for actor, one in ((away, shop), (WRITER, new_id())):
        with pytest.raises(EnterpriseUnknown):
            await checking.check(actor, _GOOD, enterprise_id=one)
    keeper = Actor(ActorKind.STAFF, UUID(int=8), "", (Grant(Role.SYSTEM_ADMINISTRATOR),))
    with pytest.raises(Forbidden):
        await checking.check(keeper, _GOOD)
    with pytest.raises(AsOfInvalid):
        await checking.check(WRITER, _GOOD, as_of=clock.today().replace(year=1800))
