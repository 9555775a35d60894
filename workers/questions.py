"""Lets go what of questions nobody needs (words and photos without a case); looks nightly which articles lack."""

from backend.assembly import recheck_citations
from backend.questions import asking
from backend.questions.knowledge import gaps
from workers.schedule import daily, every_minutes


async def forget_questions() -> None:
    await asking.forget()


async def sweep_question_photos() -> None:
    await asking.sweep_photos()


async def recheck_answers() -> None:
    """Find what cited a rule in the moment in which it ended; everything else was listed when that happened."""
    await recheck_citations()


async def find_gaps() -> None:
    await gaps.make()


JOBS = ()
CRONS = (
    every_minutes(60, forget_questions),
    every_minutes(60, sweep_question_photos),
    daily("02:20", recheck_answers),
    daily("02:40", find_gaps),
)
