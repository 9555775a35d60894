"""Every code that the console shows, in Chinese, gathered from whoever owns it, so that nobody else keeps a dictionary.

What stands in `vocabulary` itself is only what its owner says nowhere: the words for the states of things.
"""

from typing import Final

from backend.enterprises.catalogue import CATALOGUE
from backend.overview.vocabulary import cases, financing, people, policies, questions, salons, telling, visits
from backend.overview.vocabulary.plain import Words

PARTS: Final[tuple[Words, ...]] = (
    people.WORDS,
    visits.WORDS,
    financing.WORDS,
    salons.WORDS,
    policies.WORDS,
    cases.WORDS,
    questions.WORDS,
    telling.WORDS,
)


def words() -> Words:
    """Return {group: {code: words}}; the choices of a fact stand under `fact.<key>`."""
    choices = {f"fact.{fact.key}": dict(fact.choices) for fact in CATALOGUE.values() if fact.choices}
    return {group: told for part in (*PARTS, choices) for group, told in part.items()}
