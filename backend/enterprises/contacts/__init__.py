"""The ledger of contacts (入企次数账本): who came to an enterprise, how often a year that may be, who plans to come.

    await contacts.plan([Plan(…)], actor=…)            the bureau plans to come: asks the ceiling, proposes merges
    await contacts.move("visits", visit_id, day, …)     it comes on another day
    await contacts.drop("visits", visit_id, words)      it does not come
    await contacts.note(Contact(…), actor=…)            it took place: one line, however many came together
    await contacts.standings(enterprise_ids, year)      how often it was, how often it may be

All in the transaction of the command that causes it. Whatever stands above may write services here; inspections are
written by staff alone (`inspections.py`), and the tables let neither pass for the other.
"""

from backend.enterprises.contacts.ceilings import Standing, standings
from backend.enterprises.contacts.errors import OverCeiling
from backend.enterprises.contacts.noting import Contact, note
from backend.enterprises.contacts.planning import Plan, drop, move, plan
from backend.enterprises.contacts.states import ServiceKind, Side

__all__ = [
    "Contact",
    "OverCeiling",
    "Plan",
    "ServiceKind",
    "Side",
    "Standing",
    "drop",
    "move",
    "note",
    "plan",
    "standings",
]
