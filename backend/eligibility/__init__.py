"""Eligibility: rules as data, three-valued answers, explanations and SQL predicates. No tables, no I/O.

    rule = parse(rule_json, catalogue)                   JSON → Rule, or RuleInvalid with every mistake
    evaluate(rule, facts, as_of)                         one enterprise → yes / no / unknown
    explain(rule, facts, as_of, catalogue).to_dict()     … and why, clause by clause
    compile_rule(rule, catalogue, as_of).surely          … and the same question asked of all enterprises

`facts` come from a wide row by `facts_from_row`; the shape of that row is told in `catalogue.py`.
"""

from backend.eligibility.catalogue import SQL_TYPES, Catalogue, Fact, Source, load_catalogue
from backend.eligibility.citing import with_citation
from backend.eligibility.compile_sql import Compiled, Predicate, compile_rule
from backend.eligibility.errors import AsOfInvalid, CatalogueChanged, CatalogueInvalid, RuleInvalid
from backend.eligibility.evaluate import evaluate
from backend.eligibility.explain import explain
from backend.eligibility.explanation import Clause, Explanation, Group
from backend.eligibility.first_day import first_day
from backend.eligibility.lint import Finding, lint
from backend.eligibility.parse import parse
from backend.eligibility.questions import Question, question_of, with_answer
from backend.eligibility.rule_set import Answers, RuleSet
from backend.eligibility.schema import operators_of, rule_schema
from backend.eligibility.tree import Rule, needed_facts
from backend.eligibility.values import Value, Verdict, facts_from_row

__all__ = [
    "SQL_TYPES",
    "Answers",
    "AsOfInvalid",
    "Catalogue",
    "CatalogueChanged",
    "CatalogueInvalid",
    "Clause",
    "Compiled",
    "Explanation",
    "Fact",
    "Finding",
    "Group",
    "Predicate",
    "Question",
    "Rule",
    "RuleInvalid",
    "RuleSet",
    "Source",
    "Value",
    "Verdict",
    "compile_rule",
    "evaluate",
    "explain",
    "facts_from_row",
    "first_day",
    "lint",
    "load_catalogue",
    "needed_facts",
    "operators_of",
    "parse",
    "question_of",
    "rule_hash",
    "rule_schema",
    "with_answer",
    "with_citation",
]


def rule_hash(rule: Rule) -> str:
    """SHA-256 of the rule in its one spelling: key order and number style of the input don't matter."""
    return rule.hash
