"""What must hold before a reviewer is asked: no promises, and every place and every policy that is named exists."""

from collections.abc import Iterator
from typing import Final

from backend.eligibility import Rule
from backend.eligibility.conditions import OneOf, StartsWith
from backend.eligibility.tree import leaves
from backend.enterprises import divisions
from backend.foundation import db
from backend.foundation.errors import FieldError
from backend.policies.editing.promises import WORDED, promises
from backend.policies.errors import NotReady
from backend.policies.models import PolicyVersion

_PLACES: Final = frozenset({"region", "town"})
_KNOWN: Final = "SELECT number FROM policies WHERE number = ANY($1::text[])"


async def check(current: PolicyVersion, rule: Rule) -> None:
    """Raise NotReady with every wrong place of a version; `rule` is its own, parsed."""
    wrong = (*_promises(current, rule), *_places(current, rule), *await _exclusions(current))
    if wrong:
        raise NotReady(fields=wrong)


def _promises(current: PolicyVersion, rule: Rule) -> Iterator[FieldError]:
    for one in promises({name: getattr(current, name) for name in WORDED}, rule):
        yield FieldError(one.path, one.code, one.sentence)


def _places(current: PolicyVersion, rule: Rule) -> Iterator[FieldError]:
    if not divisions.is_place(current.region):
        yield _unknown_place("region", current.region)
    for leaf in leaves(rule.root):
        if leaf.fact.key in _PLACES:
            for code in _codes(leaf.condition):
                if not divisions.is_branch(code):
                    yield _unknown_place(f"rule{leaf.path.removeprefix('$')}.value", code)


def _codes(condition: object) -> tuple[str, ...]:
    if isinstance(condition, StartsWith):
        return condition.prefixes
    return tuple(sorted(condition.values)) if isinstance(condition, OneOf) else ()


def _unknown_place(path: str, code: str) -> FieldError:
    return FieldError(path, "place_unknown", f"没有编码为“{code}”的地区，请核对区划代码。")


async def _exclusions(current: PolicyVersion) -> list[FieldError]:
    numbers = [one["number"] for one in current.exclusions]
    known = {row["number"] for row in await db.fetch(_KNOWN, numbers)} if numbers else set()
    return [
        FieldError(f"exclusions.{place}.number", "policy_unknown", f"没有编号为“{number}”的政策，请核对编号。")
        for place, number in enumerate(numbers)
        if number not in known
    ]
