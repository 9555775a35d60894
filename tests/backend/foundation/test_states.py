"""Lifecycles: what the table lists can happen, and nothing else."""

from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.foundation.states import Lifecycle, WrongState


class State(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    HELD = "held"
    CLOSED = "closed"


TABLES = st.dictionaries(st.sampled_from(State), st.frozensets(st.sampled_from(State)))
WORDS = {State.DRAFT: "草稿", State.OPEN: "办理中", State.HELD: "搁置", State.CLOSED: "办结"}
STATES = st.sampled_from(State)


@given(TABLES, STATES, STATES)
def test_a_move_is_allowed_exactly_when_it_is_listed(
    moves: dict[State, frozenset[State]], current: State, wanted: State
) -> None:
    lifecycle = Lifecycle("things", moves, WORDS)
    is_listed = wanted in moves.get(current, ())
    assert lifecycle.allows(current, wanted) is is_listed
    assert (current in lifecycle.sources(wanted)) is is_listed
    if is_listed:
        assert lifecycle.check(current, wanted) is wanted
    else:
        with pytest.raises(WrongState) as refused:
            lifecycle.check(current, wanted)
        assert (refused.value.current, refused.value.wanted) == (current, wanted)
        assert refused.value.lifecycle == "things"
        told = f"当前状态为“{WORDS[current]}”，不能变为“{WORDS[wanted]}”，请刷新后再试。"
        again = f"已是“{WORDS[current]}”，不必重复办理。"
        assert str(refused.value) == (again if current is wanted else told)


@given(TABLES, STATES)
def test_a_state_without_moves_is_final(moves: dict[State, frozenset[State]], state: State) -> None:
    lifecycle = Lifecycle("things", moves, WORDS)
    assert lifecycle.is_final(state) is not any(lifecycle.allows(state, wanted) for wanted in State)


def test_a_table_changed_later_changes_no_lifecycle() -> None:
    moves = {State.DRAFT: frozenset({State.OPEN})}
    lifecycle = Lifecycle("things", moves, WORDS)
    moves[State.OPEN] = frozenset({State.CLOSED})
    assert not lifecycle.allows(State.OPEN, State.CLOSED)
