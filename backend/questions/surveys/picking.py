"""Whom a survey is for: SQL over enterprises, and over the people who speak for them."""

from typing import Any, Final

from backend.consents import NOT_REFUSED
from backend.eligibility import Predicate, compile_rule
from backend.enterprises.audience import REPRESENTING
from backend.enterprises.catalogue import CATALOGUE
from backend.enterprises.rules import parse_stored
from backend.foundation import clock

ACTING: Final = f"{REPRESENTING} AND {NOT_REFUSED.format(person='b.person_id')}"
"""SQL over a binding `b` and its enterprise `e`: may its person be told of a survey? $1 is now.

A rule chooses by what is known of his enterprise: whoever refused that is told nothing, and finds it in his list.
"""


def surely(rule: dict[str, Any], first_param: int) -> Predicate:
    """SQL over `enterprises e`: does the rule surely pick it today? Raises RuleInvalid."""
    return compile_rule(parse_stored(rule), CATALOGUE, clock.today(), first_param=first_param).surely
