"""What owners are told about their sign-ups and salons; what is moved or called off today goes out at any hour."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from backend.foundation import clock
from backend.notifications import Message
from backend.salons.errors import when
from backend.salons.states import SignupState

PAGE: Final = "pages/salons/detail"
SIGNUP_PAGE: Final = "pages/salons/signup"
SOON: Final = timedelta(hours=24)
"""What is offered, moved or called off so shortly before is told even in the quiet hours."""

_KINDS: Final = {
    SignupState.CONFIRMED: "salon_confirmed",
    SignupState.PENDING: "salon_pending",
    SignupState.WAITING: "salon_waiting",
    SignupState.OFFERED: "salon_offered",
    SignupState.REFUSED: "salon_refused",
    SignupState.REMOVED: "salon_removed",
    SignupState.LEFT: "salon_removed",
    SignupState.DECLINED: "salon_removed",
    SignupState.LAPSED: "salon_lapsed",
    SignupState.MISSED: "salon_missed",
    SignupState.NO_SHOW: "salon_no_show",
}
TOLD: Final = frozenset(_KINDS)
BY_HIMSELF: Final = frozenset({SignupState.LEFT, SignupState.DECLINED})
"""What an owner did himself and sees at once is not told to him; where a colleague or staff did it, it is."""


def of_signup(row: Mapping[str, Any]) -> Message:
    """Tell how a sign-up stands; `row` is one with its salon, as `telling.py` reads it."""
    state = SignupState(row["state"])
    kind = _KINDS[state]
    if state is SignupState.OFFERED and is_soon(row["starts_at"], row["changed_at"]):
        kind = "salon_offered_today"
    hints = {
        SignupState.CONFIRMED: "席位已为您保留，不能参加请尽早退出",
        SignupState.PENDING: f"{when(row['decide_by'])}前审核，逾期视为通过" if row["decide_by"] else "等待审核",
        SignupState.WAITING: "名额已满，您在候补名单中",
        SignupState.NO_SHOW: "记录为报名未到场；如有误或有特殊情况，可点开说明",
        SignupState.LEFT: "已有人代您退出报名",
        SignupState.DECLINED: "已有人代您放弃候补席位",
        SignupState.OFFERED: f"请在{when(row['offer_until'])}前确认" if row["offer_until"] else "请尽快确认",
    }
    return Message(
        kind,
        row["person_id"],
        f"{kind}:{row['id']}:{row['changed_at'].timestamp():.6f}",
        {**fields(row), "hint": hints.get(state, row["reason"] or "请点击查看")},
        f"{SIGNUP_PAGE}?id={row['id']}",
        event_at=_event_at(state, row),
        subject=row["schedule_id"],
        enterprise=row["enterprise_id"],
    )


def _event_at(state: SignupState, row: Mapping[str, Any]) -> datetime | None:
    """Return the moment of which a message speaks; past it nothing is pushed."""
    if state in (SignupState.NO_SHOW, SignupState.MISSED):
        return None
    end: datetime = row["offer_until"] if state is SignupState.OFFERED else row["starts_at"]
    return end


def changed(row: Mapping[str, Any], before: datetime) -> Message:
    soon = is_soon(min(before, row["starts_at"]), row["told_at"])
    hint = f"原定{when(before)}，不能参加请退出" if before != row["starts_at"] else "地点等安排有变化，请查看"
    return _of_salon("salon_changed_today" if soon else "salon_changed", row, hint)


def cancelled(row: Mapping[str, Any]) -> Message:
    kind = "salon_cancelled_today" if is_soon(row["starts_at"], row["told_at"]) else "salon_cancelled"
    return _of_salon(kind, row, "主办方取消，十分抱歉", subject=row["salon_id"])


def reminded(row: Mapping[str, Any]) -> Message:
    return _of_salon("salon_reminder", row, "请按时到场，不能参加请退出")


def handed_out(row: Mapping[str, Any]) -> Message:
    return _of_salon("salon_materials", row, "资料已发布，点击查看", is_over=True)


def judged(row: Mapping[str, Any], *, is_excused: bool) -> Message:
    """Tell what came of an owner's reason for not having come; `row` says until when he waits behind others."""
    until = row["lowers_until"].astimezone(clock.SHANGHAI)
    hint = "说明已采纳，候补次序恢复" if is_excused else f"说明未采纳，{until.month}月{until.day}日前候补靠后"
    return _of_salon("salon_no_show_decided", row, hint, is_over=True)


def said(row: Mapping[str, Any], words: str) -> Message:
    return _of_salon("salon_word", row, words, is_over=True)


def is_soon(at: datetime, now: datetime) -> bool:
    return at - now <= SOON


def fields(row: Mapping[str, Any]) -> dict[str, str]:
    """Return what every message of a salon carries."""
    place = "线上参加" if row["way"] == "online" else row["address"] or "请点击查看"
    return {"salon": row["title"], "time": span(row["starts_at"], row["ends_at"]), "place": place}


def span(starts_at: datetime, ends_at: datetime) -> str:
    """Return from when to when, as the template's field of a time takes it."""
    first, last = starts_at.astimezone(clock.SHANGHAI), ends_at.astimezone(clock.SHANGHAI)
    end = f"{last:%H:%M}" if first.date() == last.date() else f"{last:%Y年%m月%d日 %H:%M}"
    return f"{first:%Y年%m月%d日 %H:%M}~{end}"


def _of_salon(
    kind: str, row: Mapping[str, Any], hint: str, *, subject: UUID | None = None, is_over: bool = False
) -> Message:
    return Message(
        kind,
        row["person_id"],
        f"{kind}:{row['salon_id']}:{row['mark']}",
        {**fields(row), "hint": hint},
        f"{SIGNUP_PAGE}?id={row['id']}",
        event_at=None if is_over else row["starts_at"],
        subject=subject or row["schedule_id"],
        enterprise=row["enterprise_id"],
    )
