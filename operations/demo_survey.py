"""One running survey for a first look: who is asked, every kind of question, one fact that is known already."""

from datetime import timedelta
from typing import Final

from backend.access import Actor
from backend.foundation import clock
from backend.questions.surveys import service
from backend.questions.surveys.content import SurveyContent
from backend.questions.surveys.models import Survey
from backend.questions.surveys.states import SurveyState

_DAYS: Final = timedelta(days=30)
_TITLE: Final = "演示：小微企业冬季需求调查"
_CHOICES: Final = [
    {"code": "orders", "words": "订单不足"},
    {"code": "hiring", "words": "用工难"},
    {"code": "money", "words": "资金紧"},
    {"code": "cost", "words": "成本上涨"},
    {"code": "none", "words": "没有明显困难"},
]
_QUESTIONS: Final = [
    {"key": "people", "kind": "number", "text": "现在有多少人在店里干活？", "fact": "employees"},
    {"key": "worst", "kind": "single", "text": "眼下最大的困难是什么？", "is_required": True, "choices": _CHOICES},
    {"key": "wanted", "kind": "number", "text": "这个冬天还想招几人？", "unit": "人", "least": "0", "greatest": "1000"},
    {"key": "loan", "kind": "money", "text": "周转还缺多少资金？"},
    {"key": "mark", "kind": "scale", "text": "今年办事方便吗？", "steps": 5, "low": "不方便", "high": "很方便"},
    {"key": "words", "kind": "text", "text": "对我们的服务还有什么想说的？"},
    {"key": "need", "kind": "need", "text": "需要我们帮您办一件什么事？", "hint": "提交后会有人联系您。"},
]


async def seed_survey(author: Actor, reviewer: Actor) -> None:
    """Write and release it, by two people; one that was cut off goes on."""
    one = await Survey.filter(title=_TITLE).first()
    if one is None:
        made = await service.draft(_content(), actor=author)
        one = await Survey.get(id=made.id)
    if one.state is SurveyState.DRAFT:
        await service.submit(one.id, actor=author, version=one.version)
        await one.refresh_from_db()
    if one.state is SurveyState.IN_REVIEW:
        await service.release(one.id, actor=reviewer, version=one.version)


def _content() -> SurveyContent:
    return SurveyContent.model_validate(
        {
            "title": _TITLE,
            "intro": "六七道题，两分钟。答不答由您；答卷只作统计，不满五份的不公布。",
            "reason": "了解二十人以下小微企业和个体工商户过冬的困难",
            "rule": {"fact": "employees", "op": "le", "value": 20},
            "questions": _QUESTIONS,
            "opens_on": clock.today(),
            "closes_on": clock.today() + _DAYS,
        }
    )
