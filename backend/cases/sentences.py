"""What an owner reads about where his case stands: a sentence with the next step and its day.

Several people of an enterprise read one case: what one of them has said is told to the others as his word, not theirs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend.cases.deadlines.readings import PAUSE_WORDS, PauseReason
from backend.cases.states import SENTENCES, WORDS, CaseState
from backend.foundation import clock

_ACTS: Final = {
    CaseState.RECEIVED: "，预计{day}前接办",
    CaseState.ASSIGNED: "，预计{day}前接办",
    CaseState.TRANSFERRED: "，预计{day}前接办",
    CaseState.IN_PROGRESS: "，将在{day}前答复",
    CaseState.REOPENED: "，将在{day}前再次答复",
}
# Of `cases c`: how it was ended, where nobody decided on the matter: its asker or origin took it back, or a split was.
TAKEN_BACK: Final = """
CASE WHEN c.state = 'closed_by_decision' THEN (
    SELECT CASE WHEN e.data->>'because' <> 'taken_back' THEN NULL WHEN e.data ? 'split' THEN 'unsplit'
        WHEN e.actor_kind = 'owner' THEN 'withdrawn' ELSE 'taken_back' END
    FROM case_events e WHERE e.case_id = c.id AND e.kind = 'decided' ORDER BY e.seq DESC LIMIT 1) END
"""
# Of `cases c`: who said the word by which it stands where it stands, for `voice`; NULL where no owner's word did.
SAID_BY: Final = f"""
coalesce({TAKEN_BACK}, (SELECT CASE WHEN e.data->>'because' = 'merged' THEN 'merged'
     WHEN e.actor_kind <> 'owner' THEN 'heard' ELSE e.actor_id::text END
 FROM case_events e WHERE e.case_id = c.id
 AND e.kind = CASE c.state WHEN 'closed_confirmed' THEN 'confirmed' WHEN 'reopened' THEN 'refused' END
 ORDER BY e.seq DESC LIMIT 1))
"""


# Of `cases c`: whether its owner still has to bring something, though somebody else is to go on with it meanwhile.
WANTS: Final = """
EXISTS (SELECT FROM case_requests w WHERE w.case_id = c.id AND w.supplied_at IS NULL AND w.taken_back_at IS NULL
        AND (c.answered_at IS NULL OR w.made_at > c.answered_at))
"""
# Of `cases c`: for which reason its clocks rest now.
PAUSED_FOR: Final = """
CASE WHEN c.is_paused THEN (
    SELECT CASE e.kind WHEN 'asked' THEN 'waiting_for_owner' ELSE e.data->>'reason' END FROM case_events e
    WHERE e.case_id = c.id AND e.kind IN ('asked', 'paused') ORDER BY e.seq DESC LIMIT 1) END
"""
COLUMNS: Final = f"""
c.state, c.due_at, c.silence_at, c.is_paused, c.accept_by, c.awaits_decision, c.accepted_at IS NOT NULL AS was_taken,
{SAID_BY} AS said_by, {WANTS} AS is_wanting, {PAUSED_FOR} AS paused_for
"""
"""What `told` reads of `cases c`."""
UNTOLD: Final = frozenset({"said_by", "is_wanting", "paused_for", "was_taken", "accept_by"})
"""Of COLUMNS: what is told by the sentence alone."""
_TO_TAKE: Final = (CaseState.RECEIVED, CaseState.ASSIGNED, CaseState.TRANSFERRED)
_ON_ITS_WAY: Final = (*_TO_TAKE, CaseState.IN_PROGRESS)


class Voice(StrEnum):
    """Whose word it is to the reader."""

    OWN = "own"
    COLLEAGUE = "colleague"
    HEARD = "heard"
    """Told on the phone or at the counter."""
    MERGED = "merged"
    """Said of the case that it was merged into."""
    UNSPLIT = "unsplit"
    """Nobody's: the split that made the case was taken back."""
    WITHDRAWN = "withdrawn"
    """Its asker took it back."""
    TAKEN_BACK = "taken_back"
    """What it came from took it back."""
    UNKNOWN = "unknown"
    """The reader is nobody of the enterprise, or isn't known here."""


_TOLD: Final = {
    (CaseState.CLOSED_CONFIRMED, Voice.COLLEAGUE): "企业另一位经办人已确认办结。",
    (CaseState.CLOSED_CONFIRMED, Voice.HEARD): "已按电话或窗口的答复办结，感谢反馈。",
    (CaseState.CLOSED_CONFIRMED, Voice.MERGED): "一并办理的事项已确认办结；如未解决，可以退回重办。",
    (CaseState.CLOSED_CONFIRMED, Voice.UNKNOWN): "本人已确认办结。",
    (CaseState.REOPENED, Voice.COLLEAGUE): "企业另一位经办人反映未解决{next}。",
    (CaseState.REOPENED, Voice.UNKNOWN): "本人反映未解决{next}。",
    (CaseState.CLOSED_BY_DECISION, Voice.UNSPLIT): "拆分已撤销，本件不再单独办理，由原事项一并办理。",
    (CaseState.CLOSED_BY_DECISION, Voice.WITHDRAWN): "提问人已撤回，不再办理。",
    (CaseState.CLOSED_BY_DECISION, Voice.TAKEN_BACK): "来源已撤回，不再办理。",
}
_ENDED: Final = {Voice.UNSPLIT: "已撤销拆分", Voice.WITHDRAWN: "提问人已撤回", Voice.TAKEN_BACK: "来源已撤回"}
_NOBODYS: Final = frozenset({*_ENDED, Voice.HEARD, Voice.MERGED})


def state_word(state: CaseState, said_by: str | None) -> str:
    """Return what a state is called; `said_by` is SAID_BY, or TAKEN_BACK where only that is known."""
    if state is CaseState.CLOSED_BY_DECISION and said_by is not None and said_by in _ENDED:
        return _ENDED[Voice(said_by)]
    return WORDS[state]


def voice(said_by: str | None, reader: UUID | None) -> Voice:
    """Return whose word SAID_BY is to an owner, or to a reader of whom nothing is known."""
    if said_by in _NOBODYS:
        return Voice(said_by)
    if reader is None or said_by is None:
        return Voice.UNKNOWN
    return Voice.OWN if said_by == str(reader) else Voice.COLLEAGUE


@dataclass(frozen=True, slots=True)
class Told:
    """What readers are told of where a case stands."""

    state: CaseState
    state_word: str
    sentence: str


def told(row: Record | Mapping[str, Any], reader: UUID | None) -> Told:
    """Return how a row of COLUMNS reads to an owner, or to a reader of whom nothing is known."""
    state, said = CaseState(row["state"]), voice(row["said_by"], reader)
    words = _TOLD.get((state, said), SENTENCES[state]).format(
        due=_acts(row), next=_again(row), silence=_closes(row["silence_at"]), pause=_waits(is_paused=row["is_paused"])
    )
    if row["is_wanting"] and state in _ON_ITS_WAY:
        words = f"{words.removesuffix('。')}；仍请您补充所缺材料。"
    return Told(state, state_word(state, row["said_by"]), words)


def _acts(row: Record | Mapping[str, Any]) -> str:
    """Return by when staff act: what was taken before is due to be answered, and to be taken again by `accept_by`."""
    state, due = CaseState(row["state"]), row["due_at"]
    is_again = row["was_taken"] and state in _TO_TAKE
    takes = _ACTS[state].format(day=day(row["accept_by"])) if is_again and row["accept_by"] else ""
    if row["is_paused"] and (row["was_taken"] or state not in _TO_TAKE):
        return f"{takes}，{_paused(row['paused_for'])}"
    by = CaseState.IN_PROGRESS if is_again else state
    return takes + (_ACTS.get(by, "").format(day=day(due)) if due else "")


def _paused(reason: str | None) -> str:
    """Return that the clocks rest, and why; a day would suppose that they do so as long as they may."""
    return f"暂停计时（{PAUSE_WORDS[PauseReason(reason)]}）" if reason else "暂停计时"


def _again(row: Record | Mapping[str, Any]) -> str:
    """Return who has it after it was refused: a superior's decision has no term."""
    return "，由上级决定" if row["awaits_decision"] else f"，已退回重新办理{_acts(row)}"


def _closes(silence: datetime | None) -> str:
    return f"；{day(silence)}前未收到您的意见将视为办结" if silence else ""


def _waits(*, is_paused: bool) -> str:
    return "；等待期间不计入办理时限" if is_paused else "；暂停时间已用完，办理时限继续计算"


def day(at: datetime) -> str:
    """Return a moment as the day on which it falls in China: 11月30日."""
    local = at.astimezone(clock.SHANGHAI)
    return f"{local.month}月{local.day}日"
