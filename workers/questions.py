"""Lets go what of questions nobody needs any more: words and photos that never became a case, unused uploads."""

from backend.questions import asking
from workers.schedule import every_minutes


async def forget_questions() -> None:
    await asking.forget()


async def sweep_question_photos() -> None:
    await asking.sweep_photos()


JOBS = ()
CRONS = (every_minutes(60, forget_questions), every_minutes(60, sweep_question_photos))
