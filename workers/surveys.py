"""Ends surveys whose last day is over; what is told of them goes by the outbox."""

from backend.questions.surveys import service
from workers.schedule import every_minutes


async def close_surveys() -> None:
    """End what is over; nobody can answer it from its first day on anyway, so half an hour is early enough."""
    await service.close_over()


JOBS = ()
CRONS = (every_minutes(30, close_surveys),)
