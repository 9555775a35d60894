"""What thousands of rules have in common: equal conditions and equal groups of conditions stand here once.

Conditions are equal when they ask the same of the same fact and accept the same sources, whatever their citation or
wording; groups when their parts are. Both are numbered: parts before the groups they stand in.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from backend.eligibility.tree import AllOf, AtLeast, Group, Leaf, Node, Not, needed

Plan: TypeAlias = "tuple[Leaf | Group, int, tuple[Plan, ...]]"
"""A node of a rule, its number among the conditions (a leaf) or the groups, and the plans of its parts."""

_Part: TypeAlias = tuple[bool, int]
"""Whether it is a group, and its number."""

ALL: Final = 0
"""As `Shared.needed`: every part must hold. Otherwise so many of them, 1 for any."""


@dataclass(slots=True)
class Shared:
    """One group. `needed` is `ALL` or how many of the parts must hold."""

    needed: int
    conditions: tuple[int, ...]
    groups: tuple[int, ...]
    above: list[int] = field(default_factory=list)


class Sharing:
    """Takes rules in normal form one after another; `conditions` and `groups` grow as new ones come."""

    def __init__(self) -> None:
        self.conditions: list[Leaf] = []
        self.groups: list[Shared] = []
        self._condition_numbers: dict[Any, int] = {}
        self._group_numbers: dict[Any, int] = {}

    def add(self, root: Node) -> tuple[int, Plan]:
        """The number of the group that answers for a rule, and its plan; a lone condition gets a group of its own."""
        plan = self._plan(root)
        return (self._group(ALL, [(False, plan[1])]) if isinstance(root, Leaf) else plan[1]), plan

    def _plan(self, node: Node) -> Plan:
        if isinstance(node, Leaf):
            return node, self._condition(node), ()
        if isinstance(node, Not):
            raise TypeError("only normal forms are shared")
        plans = tuple(self._plan(part) for part in node.parts)
        parts = [(not isinstance(part, Leaf), number) for part, number, _ in plans]
        return node, self._group(_needed(node), parts), plans

    def _condition(self, leaf: Leaf) -> int:
        key = (leaf.fact.key, leaf.condition, leaf.negated, leaf.sources)
        number = self._condition_numbers.setdefault(key, len(self.conditions))
        if number == len(self.conditions):
            self.conditions.append(leaf)
        return number

    def _group(self, needed: int, parts: Iterable[_Part]) -> int:
        """Order never matters, and how often a part stands there only where parts are counted."""
        listed = tuple(sorted(parts if needed > 1 else set(parts)))
        number = self._group_numbers.setdefault((needed, listed), len(self.groups))
        if number == len(self.groups):
            conditions = tuple(at for is_group, at in listed if not is_group)
            self.groups.append(Shared(needed, conditions, tuple(at for is_group, at in listed if is_group)))
            for inner in self.groups[number].groups:
                self.groups[inner].above.append(number)
        return number


def _needed(node: Group) -> int:
    if isinstance(node, AllOf) or (isinstance(node, AtLeast) and node.count == len(node.parts)):
        return ALL
    return needed(node)
