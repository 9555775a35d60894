"""The life of a binding; its states stand in `enterprises.models`."""

from typing import Final

from backend.enterprises.bound import STATE_WORDS
from backend.enterprises.models import BindingState
from backend.foundation.states import Lifecycle

_ENDS: Final = frozenset({BindingState.ENDED})

BINDING: Final = Lifecycle(
    "binding",
    {
        # pending: suspended by an objection until staff have decided
        BindingState.PENDING: frozenset({BindingState.ACTIVE, BindingState.REFUSED}) | _ENDS,
        BindingState.ACTIVE: frozenset({BindingState.PENDING, BindingState.READ_ONLY}) | _ENDS,
        # read_only: what it rested on has changed; 30 days to prove it again
        BindingState.READ_ONLY: frozenset({BindingState.ACTIVE, BindingState.PENDING}) | _ENDS,
    },
    STATE_WORDS,
)
