"""Surveys small enough to see through, taken the whole way, and enterprises that answer them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from backend import outbox
from backend.access import Actor
from backend.foundation import clock, db
from backend.notifications.broadcasts import telling
from backend.questions.surveys import answering, inviting, reminding, service
from backend.questions.surveys.content import SurveyContent
from backend.questions.surveys.service import Handled
from tests.backend.policies.people import REVIEWER, WRITER

UP_TO_TEN = {"fact": "employees", "op": "le", "value": 10}
SHORT_OF = [
    {"code": "people", "words": "用工"},
    {"code": "money", "words": "资金"},
    {"code": "none", "words": "没有困难"},
]
QUESTIONS: list[dict[str, Any]] = [
    {"key": "worst", "kind": "single", "text": "最大的困难是什么？", "is_required": True, "choices": SHORT_OF},
    {"key": "all", "kind": "multiple", "text": "有哪些困难？", "choices": SHORT_OF, "most": 2},
    {"key": "hired", "kind": "number", "text": "今年新招几人？", "unit": "人", "least": "0", "greatest": "500"},
    {"key": "loan", "kind": "money", "text": "还缺多少资金？"},
    {"key": "since", "kind": "date", "text": "从哪天开始的？"},
    {"key": "mark", "kind": "scale", "text": "对服务打几分？", "steps": 5, "low": "差", "high": "好"},
    {"key": "words", "kind": "text", "text": "还想说什么？"},
    {"key": "help", "kind": "text", "text": "要我们做什么？", "may_open_case": True},
    {"key": "need", "kind": "need", "text": "需要帮您办什么？"},
]


def content(**given: Any) -> SurveyContent:
    return SurveyContent(
        **{
            "title": "冬季用工需求调查",
            "intro": "只作统计。",
            "reason": "了解十人以下小店的困难",
            "rule": UP_TO_TEN,
            "questions": QUESTIONS,
            "opens_on": clock.today(),
            "closes_on": clock.today() + timedelta(days=14),
            **given,
        }
    )


async def in_review(**given: Any) -> Handled:
    made = await service.draft(content(**given), actor=WRITER)
    return await service.submit(made.id, actor=WRITER, version=made.version)


async def released(**given: Any) -> Handled:
    """Take a survey the whole way, written by one and released by another."""
    handed = await in_review(**given)
    return await service.release(handed.id, actor=REVIEWER, version=handed.version)


async def drain() -> None:
    """Carry out what is due of surveys and their broadcasts, as the workers do."""
    drained = await outbox.drain({**reminding.HANDLERS, **telling.handlers({inviting.NAME: inviting.ORIGIN})})
    assert (drained.failed, drained.is_empty) == (0, True)


async def answer(actor: Actor, enterprise_id: UUID, survey_id: UUID, version: int = 0, **given: Any) -> int:
    told = await answering.answer(actor, enterprise_id, survey_id, {"worst": "people", **given}, version=version)
    return told.version


async def told(person: Actor) -> list[str]:
    """The kinds of messages in somebody's inbox, oldest first."""
    sql = "SELECT kind FROM inbox WHERE person_id = $1 ORDER BY id"
    return [row["kind"] for row in await db.fetch(sql, person.id)]
