"""The description says what a rule is wherever one is taken, and the page says it so that people can read it."""

import re
from functools import reduce
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator

from backend.eligibility.operands import OPERATORS
from backend.enterprises.catalogue import CATALOGUE, INTERNAL
from miniprogram_api import rule_language
from miniprogram_api.openapi import document
from miniprogram_api.reference import render
from miniprogram_api.routes import ROUTES
from miniprogram_api.rule_page import Language
from tests.backend.policies.people import leaf
from tests.backend.policies.real import ENTRIES
from tests.miniprogram_api import examples

DESCRIPTION = document(ROUTES)
_ALONE = {"components": {"schemas": {rule_language.NAME: rule_language.component()}}}
VALID = Draft202012Validator({**_ALONE, "$ref": rule_language.PLACE})


@pytest.mark.parametrize("model", ["PolicyContent", "NumberedPolicy", "CheckRule"])
def test_whoever_takes_a_rule_refers_to_the_language(model: str) -> None:
    rule = DESCRIPTION["components"]["schemas"][model]["properties"]["rule"]
    assert rule["$ref"] == "#/components/schemas/Rule"


def test_a_surface_without_rules_says_nothing_of_them() -> None:
    assert "Rule" not in document(examples.ROUTES)["components"]["schemas"]


def test_no_mark_is_left_and_every_reference_leads_somewhere() -> None:
    text = orjson.dumps(DESCRIPTION).decode()
    assert "x-rule" not in text
    for path in set(re.findall(r'"\$ref":"#/([^"]+)"', text)):
        assert reduce(lambda node, part: node[part], path.split("/"), DESCRIPTION), path


@pytest.mark.parametrize("number", ["N02", "Q03", "Q05"])
def test_a_real_rule_is_one(number: str) -> None:
    VALID.validate(ENTRIES[number]["rule"])


@pytest.mark.parametrize(
    "written",
    [
        leaf("employees", "prefix", "1"),
        leaf("credit_risk_class", "eq", "A"),
        {"all": []},
        {"fact": "employees", "op": "le", "value": 1},
    ],
)
def test_what_is_none_is_seen(written: dict[str, Any]) -> None:
    assert not VALID.is_valid(written)


def test_the_page_shows_forms_operators_and_every_fact_with_its_values() -> None:
    text = Language(rule_language.component()).drawn()
    assert text in render(DESCRIPTION)
    for key, fact in CATALOGUE.items():
        assert (f"<code>{key}</code> {fact.title}" in text) == (key not in INTERNAL)
    for op in OPERATORS:
        assert f"<td><code>{op}</code></td>" in text
    for form in ("all", "any", "not", "at_least"):
        assert f"<td><code>{form}</code></td>" in text
    assert "<code>small_scale</code> 小规模纳税人、<code>general</code> 一般纳税人" in text
    assert "<code>citation.sentence</code>" in text
