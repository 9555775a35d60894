"""The rule language in the description: wherever a rule is taken, one component says what a rule is.

A field of a model is marked by `RULE_MARK`; it becomes a reference to the component `Rule`. The parts of the language
stay inside that component, under its `$defs`, so that they don't crowd the list of models.
"""

from functools import lru_cache
from typing import Any, Final

from backend.eligibility import rule_schema
from backend.enterprises.catalogue import CATALOGUE, INTERNAL
from backend.policies.editing.content import RULE_MARK
from miniprogram_api import words

Json = dict[str, Any]

NAME: Final = "Rule"
PLACE: Final = f"#/components/schemas/{NAME}"


def linked(description: Json) -> Json:
    """Return the description with every marked field referring to the language, and that among the components."""
    found: list[Json] = []
    told: Json = _linked(description, found)
    if found:
        told["components"]["schemas"][NAME] = component()
    return told


def _linked(node: Any, found: list[Json]) -> Any:
    if isinstance(node, list):
        return [_linked(one, found) for one in node]
    if not isinstance(node, dict):
        return node
    if node.get(RULE_MARK) is True:
        found.append(node)
        return {"$ref": PLACE, **{name: node[name] for name in ("description",) if name in node}}
    return {name: _linked(one, found) for name, one in node.items()}


@lru_cache(maxsize=1)
def component() -> Json:
    """Return the language over the facts that a policy may ask about; what only staff may know is none of them."""
    catalogue = {key: fact for key, fact in CATALOGUE.items() if key not in INTERNAL}
    schema = {name: one for name, one in rule_schema(catalogue).items() if name != "$schema"}
    placed: Json = _placed(schema)
    return {**placed, "examples": [words.sample("", "rule")]}


def _placed(node: Any) -> Any:
    """References within the language become references into the component."""
    if isinstance(node, list):
        return [_placed(one) for one in node]
    if not isinstance(node, dict):
        return node
    return {
        name: PLACE + one.removeprefix("#") if name == "$ref" and isinstance(one, str) else _placed(one)
        for name, one in node.items()
    }
