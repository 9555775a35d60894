"""What is similar to a question, among 20,000 published texts.

Subject: `similar.similar` (an index over characters and pairs of them, synonyms, weights by rarity). Reference:
pg_trgm's `similarity` of the question with every text, one after another, without an index. Aim: at most 50 ms.
`recall` is how often the right text is among the first three, for the pairs of the tests among this crowd, and
`reference_recall` the same of the reference.
"""

import asyncio
import statistics
import time
from typing import Final

from backend.assembly import assemble
from backend.foundation import db
from backend.foundation.migrations import migrate
from backend.foundation.settings import load_settings
from backend.questions import similar
from backend.tables import MODELS
from tests.backend.questions.paraphrases import crowd, pairs, text
from tests.benches.support import IS_SMALL, House, house, report

AIM_MS: Final = 50.0
TEXTS: Final = 3_000 if IS_SMALL else 20_000
ASKED: Final = 20 if IS_SMALL else 136
_AT_ONCE: Final = 1_000

_ONE_BY_ONE: Final = "SELECT ref_id FROM similar_texts ORDER BY similarity(title, $1) DESC, ref_id LIMIT 3"


async def fill() -> dict[str, str]:
    """Publish the pairs among the crowd; gives the other words by the id that they should find."""
    told = pairs()
    texts = [text(one.asked, one.answer) for one in told]
    await similar.put(texts)
    others = list(crowd(TEXTS - len(told)))
    for start in range(0, len(others), _AT_ONCE):
        await similar.put(others[start : start + _AT_ONCE])
    await db.execute("VACUUM ANALYZE similar_texts")
    await db.execute("VACUUM ANALYZE similar_grams")
    return {str(made.ref_id): one.otherwise for made, one in zip(texts, told, strict=True)}


async def measure(asked: dict[str, str]) -> tuple[dict[str, list[float]], dict[str, int]]:
    """Return the milliseconds of both, in turn, and how often each found the right text; the first only warms up."""
    taken: dict[str, list[float]] = {"subject": [], "reference": []}
    found = dict.fromkeys(taken, 0)
    for ref_id, words in list(asked.items())[:ASKED]:
        began = time.perf_counter()
        told = await similar.similar(words, limit=3)
        between = time.perf_counter()
        one_by_one = await db.fetch(_ONE_BY_ONE, words)
        taken["subject"].append(1000 * (between - began))
        taken["reference"].append(1000 * (time.perf_counter() - between))
        found["subject"] += ref_id in [str(one.ref_id) for one in told]
        found["reference"] += ref_id in [str(row["ref_id"]) for row in one_by_one]
    return {name: values[1:] for name, values in taken.items()}, found


async def run(of: House) -> None:
    settings = load_settings(**of.settings)
    await migrate(settings.database_url, MODELS)
    async with assemble(settings):
        taken, found = await measure(await fill())
    subject, reference = (statistics.median(taken[name]) for name in ("subject", "reference"))
    report(
        "similar",
        value=subject,
        reference=reference,
        unit="ms",
        times_faster=round(reference / subject, 1),
        aim_ms=AIM_MS,
        p95=round(statistics.quantiles(taken["subject"], n=20)[-1], 1),
        texts=TEXTS,
        recall=round(found["subject"] / ASKED, 3),
        reference_recall=round(found["reference"] / ASKED, 3),
    )


def main() -> None:
    with house() as made:
        asyncio.run(run(made))


if __name__ == "__main__":
    main()
