"""What people are told about questions; a question that became a case is told of by its case."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from backend.foundation.clock import SHANGHAI
from backend.notifications import Message

PAGE: Final = "pages/questions/detail"
PUBLIC_PAGE: Final = "pages/questions/public"
MINE_PAGE: Final = "pages/questions/mine"
_TITLE: Final = 20


def title_of(text: str, most: int) -> str:
    """Return the first words of a question as a line of its own."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _fields(title: str, number: str, progress: str, at: datetime, hint: str, **more: str) -> dict[str, str]:
    moment = f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    return {
        "title": title_of(title, _TITLE),
        "number": number,
        "progress": progress,
        "at": moment,
        "hint": hint,
        **more,
    }


def refused(
    question_id: UUID, person: UUID, *, number: str, text: str, reason: str, at: datetime, enterprise: UUID | None
) -> Message:
    return Message(
        "question_refused",
        person,
        f"question-refused:{question_id}",
        _fields(text, number, "未予受理", at, "点击查看理由和其他办法", reason=reason),
        f"{PAGE}?id={question_id}",
        enterprise=enterprise,
    )


def published(
    publication_id: UUID,
    question_id: UUID,
    followers: Sequence[UUID],
    *,
    number: str,
    title: str,
    is_correction: bool,
    at: datetime,
) -> list[Message]:
    """Tell whoever follows a question that its answer can be read, or reads otherwise now; each once an edition."""
    kind, progress = ("question_corrected", "已更正") if is_correction else ("question_answered", "已公开")
    fields = _fields(title, number, progress, at, "点击查看公开的答复")
    page = f"{PUBLIC_PAGE}?id={question_id}"
    return [Message(kind, one, f"question-public:{publication_id}:{one}", fields, page) for one in followers]


def barred(bar_id: UUID, person: UUID, *, number: str, until: datetime, reason: str, at: datetime) -> Message:
    day = until.astimezone(SHANGHAI)
    words = f"在线提问暂停至{day:%Y}年{day.month}月{day.day}日：{reason}"
    return _about_bar(bar_id, person, "barred", "已暂停", number=number, words=words, at=at, hint="可查看依据并申诉")


def bar_ended(bar_id: UUID, person: UUID, *, number: str, words: str, at: datetime) -> Message:
    return _about_bar(bar_id, person, "ended", "已解除", number=number, words=words, at=at, hint="可以继续在线提问")


def appeal_rejected(bar_id: UUID, person: UUID, *, number: str, words: str, at: datetime) -> Message:
    return _about_bar(bar_id, person, "rejected", "申诉未成立", number=number, words=words, at=at, hint="点击查看理由")


def _about_bar(
    bar_id: UUID, person: UUID, step: str, progress: str, *, number: str, words: str, at: datetime, hint: str
) -> Message:
    fields = _fields("在线提问", number, progress, at, hint, words=words)
    return Message("question_bar", person, f"question-bar:{bar_id}:{step}", fields, MINE_PAGE)
