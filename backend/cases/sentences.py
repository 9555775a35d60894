"""What an owner reads about where his case stands: a sentence with the next step and its day."""

from datetime import datetime
from typing import Final

from backend.cases.states import SENTENCES, CaseState
from backend.foundation import clock

_ACTS: Final = {
    CaseState.RECEIVED: "，预计{day}前接办",
    CaseState.ASSIGNED: "，预计{day}前接办",
    CaseState.TRANSFERRED: "，预计{day}前接办",
    CaseState.IN_PROGRESS: "，将在{day}前答复",
    CaseState.REOPENED: "，将在{day}前再次答复",
}


def sentence(
    state: CaseState, *, due: datetime | None, silence: datetime | None = None, is_paused: bool = False
) -> str:
    """Return the sentence of a state; `due`: by when staff act, `silence`: when silence closes it, both as days."""
    acts = _ACTS.get(state, "").format(day=day(due)) if due else ""
    closes = f"；{day(silence)}前未收到您的意见将视为办结" if silence else ""
    pause = "；等待期间不计入办理时限" if is_paused else "；暂停时间已用完，办理时限继续计算"
    return SENTENCES[state].format(due=acts, silence=closes, pause=pause)


def day(at: datetime) -> str:
    """Return a moment as the day on which it falls in China: 11月30日."""
    local = at.astimezone(clock.SHANGHAI)
    return f"{local.month}月{local.day}日"
