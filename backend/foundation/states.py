"""Lifecycles as tables of allowed moves; what isn't listed cannot happen."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from backend.foundation.errors import Conflict

S = TypeVar("S", bound=StrEnum)


class WrongState(Conflict):
    code = "wrong_state"
    sentence = "当前状态不能这样办理，请刷新后再试。"

    def __init__(self, lifecycle: "Lifecycle[S]", current: S, wanted: S) -> None:
        self.lifecycle, self.current, self.wanted = lifecycle.name, current, wanted
        before, after = lifecycle.words[current], lifecycle.words[wanted]
        told = (
            f"已是“{before}”，不必重复办理。"
            if current is wanted
            else f"当前状态为“{before}”，不能变为“{after}”，请刷新后再试。"
        )
        super().__init__(told)


class Lifecycle(Generic[S]):
    """The moves one kind of thing may make; a state that is no key is final.

    `words` are what its readers call each state.
    """

    def __init__(self, name: str, moves: Mapping[S, frozenset[S]], words: Mapping[S, str]) -> None:
        self.name = name
        self.words = dict(words)
        self._moves = dict(moves)

    def allows(self, current: S, wanted: S) -> bool:
        return wanted in self._moves.get(current, frozenset())

    def check(self, current: S, wanted: S) -> S:
        """Return `wanted`, or raise WrongState naming both states."""
        if not self.allows(current, wanted):
            raise WrongState(self, current, wanted)
        return wanted

    def sources(self, wanted: S) -> tuple[S, ...]:
        """Return the states from which `wanted` can be reached, for an atomic `UPDATE … WHERE state = ANY`."""
        return tuple(state for state, targets in self._moves.items() if wanted in targets)

    def is_final(self, state: S) -> bool:
        return not self._moves.get(state)
