"""The published schema: it takes every rule that parses, and refuses nothing that would have parsed."""

import copy
import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator as Reference
from jsonschema_rs import Draft202012Validator

from backend.eligibility import RuleInvalid, parse, rule_schema
from backend.eligibility.operands import OPERATORS
from backend.enterprises.catalogue import CATALOGUE as REAL_CATALOGUE
from backend.policies.editing.imports import REAL
from tests.backend.eligibility.examples import CATALOGUE, junk, leaf, rules
from tests.backend.eligibility.test_parse import damage

SCHEMA = rule_schema(CATALOGUE)
VALID = Draft202012Validator(SCHEMA)


@pytest.mark.parametrize("catalogue", [CATALOGUE, REAL_CATALOGUE])
def test_it_is_a_schema_and_plain_json(catalogue: Any) -> None:
    schema = rule_schema(catalogue)
    Reference.check_schema(schema)
    assert json.loads(json.dumps(schema)) == schema
    assert orjson.loads(orjson.dumps(schema)) == schema


def test_every_reference_leads_somewhere_and_everything_is_titled() -> None:
    told = json.dumps(SCHEMA)
    names = {one.split('"')[0] for one in told.split("#/$defs/")[1:]}
    assert names <= SCHEMA["$defs"].keys()
    assert {name for name, one in SCHEMA["$defs"].items() if "title" not in one} == {"node"}
    assert all(f'"const": "{op}"' in told for op in OPERATORS)


@given(rules())
def test_every_rule_is_valid(rule_json: Any) -> None:
    VALID.validate(rule_json)
    VALID.validate(parse(rule_json, CATALOGUE).document)


def test_every_real_rule_is_valid() -> None:
    valid = Draft202012Validator(rule_schema(REAL_CATALOGUE))
    for entry in orjson.loads(REAL.read_bytes()):
        valid.validate(entry["rule"])


@given(rules(), junk(), st.data())
def test_what_it_refuses_does_not_parse(rule_json: Any, put: Any, data: st.DataObject) -> None:
    damaged = copy.deepcopy(rule_json)
    damage(damaged, put, data)
    if not VALID.is_valid(damaged):
        with pytest.raises(RuleInvalid):
            parse(damaged, CATALOGUE)


@pytest.mark.parametrize(
    "written",
    [
        leaf("headcount", "le", 1),
        leaf("employees", "le", "1"),
        leaf("employees", "prefix", "1"),
        leaf("employees", "exists"),
        leaf("employees", "le"),
        leaf("licence", "exists", 1),
        leaf("employees", "le", 1, sources=["bank"]),
        leaf("employees", "le", 1, colour="red"),
        leaf("employees", "le", 1, citation={"document": "x"}),
        leaf("entity_type", "eq", "company"),
        leaf("industry", "prefix", "C%"),
        leaf("industry", "prefix", "'; DROP TABLE enterprises"),
        leaf("founded", "before", "2020"),
        leaf("founded", "within", {"weeks": 1}),
        leaf("founded", "eq", "as_of"),
        leaf("revenue", "le", "1e5"),
        {"all": []},
        {"all": [leaf("employees", "le", 1)], "any": [leaf("employees", "le", 1)]},
        {"at_least": {"count": 0, "of": [leaf("employees", "le", 1)]}},
        {"not": [leaf("employees", "le", 1)]},
    ],
)
def test_it_sees_what_an_editor_should_see_while_one_writes(written: Any) -> None:
    assert not VALID.is_valid(written)
    with pytest.raises(RuleInvalid):
        parse(written, CATALOGUE)
