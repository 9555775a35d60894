"""Lets the conditions of a rule that cite nothing of their own rest on what the whole rule is for."""

from collections.abc import Mapping
from typing import Any

from backend.eligibility.parse import MAX_DEPTH


def with_citation(node: Any, cited: Mapping[str, str], depth: int = 0) -> Any:
    """Return a rule as JSON in which every condition cites something, `cited` where it named nothing itself.

    Anything may come in; what lies deeper than MAX_DEPTH stays as it is, for `parse` refuses that.
    """
    if depth > MAX_DEPTH:
        return node
    if isinstance(node, list):
        return [with_citation(part, cited, depth) for part in node]
    if not isinstance(node, dict):
        return node
    if "fact" in node:
        return node if node.get("citation") else {**node, "citation": dict(cited)}
    if isinstance(node.get("at_least"), dict):
        at_least = node["at_least"]
        return {**node, "at_least": {**at_least, "of": with_citation(at_least.get("of"), cited, depth + 1)}}
    return {name: with_citation(part, cited, depth + 1) for name, part in node.items()}
