"""What an owner reads about where his case stands: a sentence with the next step and its day.

Several people of an enterprise read one case: what one of them has said is told to the others as his word, not theirs.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from backend.cases.states import SENTENCES, CaseState
from backend.foundation import clock

_ACTS: Final = {
    CaseState.RECEIVED: "，预计{day}前接办",
    CaseState.ASSIGNED: "，预计{day}前接办",
    CaseState.TRANSFERRED: "，预计{day}前接办",
    CaseState.IN_PROGRESS: "，将在{day}前答复",
    CaseState.REOPENED: "，将在{day}前再次答复",
}
# Of `cases c`: who said the word by which it stands where it stands, for `voice`; NULL where no owner's word did.
SAID_BY: Final = """
(SELECT CASE WHEN e.data->>'because' = 'merged' THEN 'merged' WHEN e.actor_kind <> 'owner' THEN 'heard'
     ELSE e.actor_id::text END
 FROM case_events e WHERE e.case_id = c.id
 AND e.kind = CASE c.state WHEN 'closed_confirmed' THEN 'confirmed' WHEN 'reopened' THEN 'refused' END
 ORDER BY e.seq DESC LIMIT 1)
"""


# Of `cases c`: whether its owner still has to bring something, though somebody else is to go on with it meanwhile.
WANTS: Final = """
EXISTS (SELECT FROM case_requests w WHERE w.case_id = c.id AND w.supplied_at IS NULL AND w.taken_back_at IS NULL
        AND (c.answered_at IS NULL OR w.made_at > c.answered_at))
"""
_ON_ITS_WAY: Final = (CaseState.RECEIVED, CaseState.ASSIGNED, CaseState.TRANSFERRED, CaseState.IN_PROGRESS)


class Voice(StrEnum):
    """Whose word it is to the reader."""

    OWN = "own"
    COLLEAGUE = "colleague"
    HEARD = "heard"
    """Told on the phone or at the counter."""
    MERGED = "merged"
    """Said of the case that it was merged into."""
    UNKNOWN = "unknown"
    """The reader is nobody of the enterprise, or isn't known here."""


_TOLD: Final = {
    (CaseState.CLOSED_CONFIRMED, Voice.COLLEAGUE): "企业另一位经办人已确认办结。",
    (CaseState.CLOSED_CONFIRMED, Voice.HEARD): "已按电话或窗口的答复办结，感谢反馈。",
    (CaseState.CLOSED_CONFIRMED, Voice.MERGED): "一并办理的事项已确认办结；如未解决，可以退回重办。",
    (CaseState.CLOSED_CONFIRMED, Voice.UNKNOWN): "本人已确认办结。",
    (CaseState.REOPENED, Voice.COLLEAGUE): "企业另一位经办人反映未解决，已退回重新办理{due}。",
    (CaseState.REOPENED, Voice.UNKNOWN): "本人反映未解决，已退回重新办理{due}。",
}


def voice(said_by: str | None, reader: UUID | None) -> Voice:
    """Return whose word SAID_BY is to an owner, or to a reader of whom nothing is known."""
    if said_by in (Voice.HEARD, Voice.MERGED):
        return Voice(said_by)
    if reader is None or said_by is None:
        return Voice.UNKNOWN
    return Voice.OWN if said_by == str(reader) else Voice.COLLEAGUE


def sentence(
    state: CaseState,
    *,
    due: datetime | None,
    silence: datetime | None = None,
    is_paused: bool = False,
    said: Voice = Voice.UNKNOWN,
    wants: bool = False,
    was_taken: bool = False,
) -> str:
    """Return the sentence of a state; `due`: by when staff act, `silence`: when silence closes it, both as days.

    `wants`: its owner still has to bring something. `was_taken`: somebody had taken it before: an answer is due.
    """
    by = CaseState.IN_PROGRESS if was_taken and state in _ON_ITS_WAY else state
    acts = _ACTS.get(by, "").format(day=day(due)) if due else ""
    closes = f"；{day(silence)}前未收到您的意见将视为办结" if silence else ""
    pause = "；等待期间不计入办理时限" if is_paused else "；暂停时间已用完，办理时限继续计算"
    told = _TOLD.get((state, said), SENTENCES[state]).format(due=acts, silence=closes, pause=pause)
    return f"{told.removesuffix('。')}；仍请您补充所缺材料。" if wants and state in _ON_ITS_WAY else told


def day(at: datetime) -> str:
    """Return a moment as the day on which it falls in China: 11月30日."""
    local = at.astimezone(clock.SHANGHAI)
    return f"{local.month}月{local.day}日"
