"""What owners are told about their cases; whoever has no account is reached by a call or at the counter instead."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from backend import notifications
from backend.access import Actor, ActorKind
from backend.cases.models import Case
from backend.cases.sentences import day
from backend.foundation import clock
from backend.notifications import Message

PAGE: Final = "pages/cases/detail"
ANSWERED: Final = "case_answered"


async def taken(case: Case) -> None:
    """Tell that somebody works on it, and by when."""
    hint = f"将在{day(case.solution_due_at)}前答复" if case.solution_due_at else "点击查看经办人和下一步"
    await _tell("case_progress", case, "已接办", hint)


async def replied(case: Case, by: Actor) -> None:
    if by.kind is not ActorKind.OWNER:
        await _tell("case_progress", case, "有新回复", "点击查看回复内容")


async def asked(case: Case, wanted: Sequence[str]) -> None:
    listed = "、".join(wanted)
    await _tell("case_asked", case, "待补材料", "请一次补齐，补充期间不计时", wanted=listed)


async def answered(case: Case) -> None:
    await _tell(ANSWERED, case, "已答复", "请查看并确认是否解决")


async def declined(case: Case) -> None:
    await _tell(ANSWERED, case, "不予办理", "理由和依据见答复，可以申请复核")


async def paused(case: Case, reason: str) -> None:
    await _tell("case_progress", case, "暂停计时", reason)


async def promised(case: Case) -> None:
    on = case.promised_on
    await _tell("case_progress", case, "已承诺", f"承诺{on.month}月{on.day}日前办结" if on else "点击查看承诺日期")


async def extended(case: Case, reason: str) -> None:
    await _tell("case_progress", case, "期限延长", reason)


async def supervised(case: Case) -> None:
    await _tell("case_progress", case, "挂牌督办", "已超过办理时限，由上级督促办理")


async def _tell(kind: str, case: Case, progress: str, hint: str, **more: str) -> None:
    if case.person_id is not None:
        await notifications.tell([message(kind, case, progress, hint, more=more)])


def message(
    kind: str,
    case: Case,
    progress: str,
    hint: str,
    *,
    more: Mapping[str, str] | None = None,
    due: datetime | None = None,
) -> Message:
    """Return a message about a case as it stands; one for each of its versions."""
    if case.person_id is None:
        raise ValueError("nobody is to be told")
    at = f"{clock.now().astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"
    fields = {"title": case.title, "number": case.number, "progress": progress, "at": at, "hint": hint, **(more or {})}
    once = f"{kind}:{case.id}:{case.version}"
    return Message(kind, case.person_id, once, fields, f"{PAGE}?id={case.id}", subject=case.id, due=due)
