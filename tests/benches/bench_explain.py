"""One enterprise × 5,000 live policies: every answer, and the explanation of each policy that fits.

Subject: the rules made ready as the feed has them (`rules.ready`). Reference: the plain evaluator with explanations,
one rule after another, over all policies. Aim: at least 5 × faster and at most 5 ms. `question_ms` is the smallest
question over the same answers, `cold_ms` all that a first reading of the feed computes and stores.
"""

import asyncio
import gc
import statistics
import time
from collections.abc import Callable, Mapping
from functools import partial
from itertools import islice
from typing import Final, TypeVar
from uuid import UUID

from backend.assembly import assemble
from backend.eligibility import Rule, RuleSet, Value, explain, facts_from_row, question_of
from backend.enterprises.catalogue import CATALOGUE
from backend.foundation import clock, db
from backend.foundation.migrations import migrate
from backend.foundation.settings import load_settings
from backend.policies import rules
from backend.policies.reading import matching
from backend.tables import MODELS
from tests.benches.population import enterprise, populate, publish_rules
from tests.benches.support import IS_SMALL, House, house, report

T = TypeVar("T")

AIM: Final = 5.0
AIM_MS: Final = 5.0
SIZES: Final = (50, 500, 5_000)
ENTERPRISES: Final = 500 if IS_SMALL else 2_000
ASKED: Final = 8 if IS_SMALL else 60
"""Enterprises that are answered for, one after another, by subject and reference in turn."""


def timed(run: Callable[[], T]) -> tuple[float, T]:
    """Milliseconds and what came of it."""
    began = time.perf_counter()
    made = run()
    return 1000 * (time.perf_counter() - began), made


def answered(rule_set: RuleSet[UUID], facts: Mapping[str, Value]) -> int:
    answers = rule_set.answer(facts)
    return len([answers.explain(key) for key in answers.yes])


def one_by_one(of: Mapping[UUID, Rule], facts: Mapping[str, Value]) -> int:
    told = [explain(rule, facts, clock.today(), CATALOGUE) for rule in of.values()]
    return sum(one.verdict.value == "yes" for one in told)


def measure(live: Mapping[UUID, Rule], people: list[dict[str, Value]]) -> dict[str, float]:
    """Return the medians over enterprises; the first of them only warms up."""
    rule_set = RuleSet(live, clock.today())
    gc.freeze()  # as `rules.ready` has it
    seen: dict[str, list[float]] = {"subject": [], "reference": [], "question": [], "matched": []}
    for facts in people:
        subject, matched = timed(partial(answered, rule_set, facts))
        reference, expected = timed(partial(one_by_one, live, facts))
        question, _ = timed(partial(question_of, rule_set.answer(facts), CATALOGUE))
        assert matched == expected
        for name, value in zip(seen, (subject, reference, question, matched), strict=True):
            seen[name].append(value)
    return {name: statistics.median(values[1:]) for name, values in seen.items()}


async def cold() -> float:
    """Milliseconds of computing and storing all answers of an enterprise for the first time."""
    taken = []
    for number in range(1, ASKED + 1):
        began = time.perf_counter()
        await matching.refresh(enterprise(number))
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken[1:])


async def run(of: House) -> None:
    settings = load_settings(**of.settings)
    await migrate(settings.database_url, MODELS)
    async with assemble(settings):
        await populate(ENTERPRISES)
        await publish_rules(max(SIZES))
        live = await rules.live()
        columns = rules.column_list(live.facts, "e")
        rows = await db.fetch(f"SELECT e.id{columns} FROM enterprises e ORDER BY e.id LIMIT $1", ASKED)
        people = [facts_from_row(dict(row), live.facts) for row in rows]
        found = {size: measure(dict(islice(live.rules.items(), size)), people) for size in SIZES}
        tell(found, await cold())


def tell(found: Mapping[int, Mapping[str, float]], cold_ms: float) -> None:
    most = found[max(SIZES)]
    report(
        "explain",
        value=most["subject"],
        reference=most["reference"],
        unit="ms",
        ratio=round(most["reference"] / most["subject"], 1),
        aim=AIM,
        aim_ms=AIM_MS,
        matched=most["matched"],
        by_policies={str(size): round(one["subject"], 2) for size, one in found.items()},
        ratios={str(size): round(one["reference"] / one["subject"], 1) for size, one in found.items()},
        question_ms={str(size): round(one["question"], 2) for size, one in found.items()},
        cold_ms=round(cold_ms, 1),
        enterprises=ASKED,
    )


def main() -> None:
    with house() as made:
        asyncio.run(run(made))


if __name__ == "__main__":
    main()
