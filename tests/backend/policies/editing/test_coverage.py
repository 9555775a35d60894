"""The page about the real policies is what their rules ask and what sources deliver."""

from datetime import timedelta

import pytest

from backend.eligibility import Verdict, parse
from backend.enterprises.catalogue import CATALOGUE
from backend.policies.editing import coverage
from tests.backend.policies.people import leaf
from tests.support.documents import assert_page_is

BY_NUMBER = {one.number: one for one in coverage.real()}


def test_the_page_is_what_the_rules_ask() -> None:
    assert_page_is("policies.md", coverage.as_markdown())


@pytest.mark.parametrize(
    ("number", "state", "fits"),
    [
        ("N02", "in force", "registry alone"),
        ("N13", "in force", "with answers"),
        ("N15", "over", "nobody"),
        ("Z01", "open-ended", "registry alone"),
        ("Q03", "open-ended", "nobody yet"),
        ("X02", "for reference", "nobody"),
    ],
)
def test_it_tells_who_can_fit_today(number: str, state: str, fits: str) -> None:
    assert (BY_NUMBER[number].state, BY_NUMBER[number].fits) == (state, fits)


def test_the_last_day_is_still_in_force() -> None:
    one = BY_NUMBER["N17"]
    assert one.last_day is not None
    assert one.last_day > coverage.COLLECTED
    over = coverage.Covered({**one.entry, "apply_until": str(coverage.COLLECTED - timedelta(days=1))}, one.rule)
    last = coverage.Covered({**one.entry, "apply_until": str(coverage.COLLECTED)}, one.rule)
    assert (over.state, last.state) == ("over", "in force")


def test_cooperatives_are_left_open_where_the_text_may_cover_them() -> None:
    left_open = {number for number, one in BY_NUMBER.items() if one.cooperatives is Verdict.UNKNOWN}
    assert {"N02", "N04", "N05", "N06", "R01"} <= left_open
    assert BY_NUMBER["N03"].cooperatives is Verdict.NO


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"all": [leaf("industry", "prefix", "C"), leaf("has_ip", "eq", True)]}, False),
        ({"any": [leaf("industry", "prefix", "C"), leaf("has_ip", "eq", True)]}, True),
        ({"not": {"any": [leaf("industry", "prefix", "C"), leaf("has_ip", "eq", True)]}}, False),
        ({"at_least": {"count": 1, "of": [leaf("industry", "prefix", "C"), leaf("has_ip", "eq", True)]}}, True),
        ({"at_least": {"count": 2, "of": [leaf("industry", "prefix", "C"), leaf("has_ip", "eq", True)]}}, False),
    ],
)
def test_a_rule_can_hold_by_what_is_told(rule: dict[str, object], *, expected: bool) -> None:
    assert coverage.can_hold(parse(rule, CATALOGUE).normal, coverage.by_registry) is expected


def test_what_is_derived_is_asked_by_what_it_rests_on() -> None:
    assert coverage.is_asked(CATALOGUE["is_sme"])
    assert not coverage.is_asked(CATALOGUE["region"])
    assert not coverage.is_asked(CATALOGUE["entity_type"])
