"""What owners are told about their cases; whoever has no account is reached by a call or at the counter instead."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from backend import notifications
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


async def replied(case: Case) -> None:
    await _tell("case_progress", case, "有新回复", "点击查看回复内容")


async def asked(case: Case, wanted: Sequence[str]) -> None:
    listed = "、".join(wanted)
    hint = "请一次补齐，补充期间不计时" if case.is_paused else "请一次补齐，办理时限继续计算"
    await _tell("case_asked", case, "待补材料", hint, wanted=listed)


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


async def decided(case: Case, *, ends: bool) -> None:
    hint = "理由见答复，本事项办结" if ends else "已要求重新办理"
    await _tell(ANSWERED, case, "上级决定", hint)


async def closing(case: Case, silence: datetime) -> None:
    """Ask once more whether it is solved, before silence closes it."""
    if case.person_id is not None:
        hint = f"{day(silence)}前未回复将视为办结"
        await notifications.tell([message("case_closing", case, "待您确认", hint, event_at=silence)])


async def closed_by_silence(case: Case) -> None:
    await _tell("case_progress", case, "已办结", "未解决可在30日内退回重办")


async def rating_wanted(case: Case) -> None:
    await _tell("case_rating", case, "待评价", "请为本次办理打个分")


async def appeal_decided(case: Case, *, is_upheld: bool) -> None:
    hint = "申诉成立，该评价不计入统计" if is_upheld else "申诉不成立，评价有效"
    await _tell("case_progress", case, "评价申诉", hint)


async def merged(case: Case, into: Case) -> None:
    """Tell that a case is done with another; to whom both belong once a day, whatever the number that came into it."""
    if case.person_id is None or case.person_id != into.person_id:
        await _tell("case_progress", case, "并案办理", "与另一件相同事项一并办理")
        return
    told = message("case_progress", into, "并案办理", "您的相同事项已并入本件，一并答复")
    await notifications.tell([replace(told, once=f"case-merged:{into.id}:{clock.today()}")])


async def unmerged(case: Case) -> None:
    await _tell("case_progress", case, "单独办理", "已撤销并案，继续单独办理")


async def closed_with(case: Case) -> None:
    """Tell whoever did not confirm it himself that the case it was merged into is over."""
    await _tell("case_progress", case, "已办结", "一并办理的事项已办结，未解决可退回")


async def was_split(case: Case, parts: int) -> None:
    await _tell("case_progress", case, "拆分办理", f"另立{parts}件，各自答复")


async def split_undone(case: Case) -> None:
    await _tell("case_progress", case, "撤销拆分", "已恢复为一件办理")


async def recategorised(case: Case) -> None:
    hint = f"办理期限为{day(case.solution_due_at)}" if case.solution_due_at else "点击查看办理期限"
    await _tell("case_progress", case, "类别调整", hint)


async def taken_back(case: Case) -> None:
    await _tell("case_progress", case, "已撤销", "刚才的办理动作已撤销，以最新进展为准")


async def supervised(case: Case, *, is_late: bool) -> None:
    hint = "已超过办理时限，由上级督促办理" if is_late else "由上级督促办理，理由见事项"
    await _tell("case_progress", case, "挂牌督办", hint)


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
    event_at: datetime | None = None,
) -> Message:
    """Return a message about a case as it stands; one for each of its versions."""
    if case.person_id is None:
        raise ValueError("nobody is to be told")
    at = f"{clock.now().astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"
    fields = {"title": case.title, "number": case.number, "progress": progress, "at": at, "hint": hint, **(more or {})}
    once = f"{kind}:{case.id}:{case.version}"
    return Message(kind, case.person_id, once, fields, f"{PAGE}?id={case.id}", subject=case.id, event_at=event_at)
