"""A rule whose conditions cite nothing rests on what the whole of it is for."""

from typing import Any

import pytest

from backend.eligibility import parse, with_citation
from backend.eligibility.parse import MAX_DEPTH
from tests.backend.eligibility.examples import CATALOGUE, leaf

CITED = {"document": "需求调查", "article": "用工", "sentence": "了解用工需要"}


def _bare(value: int) -> dict[str, Any]:
    return {name: part for name, part in leaf("employees", "le", value).items() if name != "citation"}


@pytest.mark.parametrize(
    "rule", [_bare(1), {"all": [_bare(1)]}, {"not": _bare(1)}, {"at_least": {"count": 1, "of": [_bare(1), _bare(2)]}}]
)
def test_every_bare_condition_gets_it(rule: dict[str, Any]) -> None:
    made = with_citation(rule, CITED)
    assert "citation" not in str(rule)
    assert str(made).count("了解用工需要") == str(rule).count("employees")
    parse(made, CATALOGUE)


def test_what_cites_something_keeps_it_and_what_is_no_rule_comes_back() -> None:
    own = leaf("employees", "le", 1)
    assert with_citation(own, CITED) == own
    assert with_citation(["x", 3, None], CITED) == ["x", 3, None]


def test_deeper_than_a_rule_may_be_it_stops() -> None:
    deep: Any = _bare(1)
    for _ in range(MAX_DEPTH + 1):
        deep = {"not": deep}
    assert with_citation(deep, CITED) == deep
