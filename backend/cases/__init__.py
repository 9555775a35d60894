"""Cases: one number, one timeline and one clock for whatever was asked, in any module, until its owner says it is done.

    made = await cases.open_many([cases.Opening("visits", promise_id, "service_promise", …)], actor=…)
    await cases.tell("visits", promise_id, "…", actor=…)       a line of the timeline that owner and staff share
    await cases.drop("visits", promise_id, reason, actor=…)    the origin takes back what it asked for
    await cases.of("visits", promise_ids)                      number, state, the owner's sentence, due day

A module that opens cases is an `Origin` (its word, and who hears of moves); the assembly knows them all.
"""

from backend.cases.errors import CaseChanged, CaseUnknown, CategoryUnknown
from backend.cases.intake.opening import Channel, Opened, Opening, Urgency, open_many, open_one
from backend.cases.origin import Moved, OnMoved, Origin, Origins, unheard
from backend.cases.service import drop, tell
from backend.cases.standing import Standing, of
from backend.cases.states import CaseState

__all__ = [
    "CaseChanged",
    "CaseState",
    "CaseUnknown",
    "CategoryUnknown",
    "Channel",
    "Moved",
    "OnMoved",
    "Opened",
    "Opening",
    "Origin",
    "Origins",
    "Standing",
    "Urgency",
    "drop",
    "of",
    "open_many",
    "open_one",
    "tell",
    "unheard",
]
