"""What policies tell people; the words never promise anything.

Every `version` given here has at least id, policy_id and title.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from backend.foundation import clock
from backend.notifications import Message

_HINT: Final = "可能符合，点开看逐条依据"
_STOPS: Final = ("。", "！", "？")


def deadline(until: date | None) -> str:
    """Return the last day in the words a template has room for (20 characters)."""
    return f"{_day(until)}前" if until else "长期有效"


def matched(version: Mapping[str, Any], recipient: Mapping[str, Any], until: date | None) -> Message:
    """A policy that an enterprise of this person surely fits; one message whatever the number of his enterprises.

    `recipient` has person_id, enterprise_id, its name, and how many there are.
    """
    return Message(
        kind="policy_matched",
        recipient=recipient["person_id"],
        once=once(version["id"], recipient["person_id"]),
        fields={
            "policy": version["title"],
            "enterprise": _named(recipient),
            "deadline": deadline(until),
            "hint": _HINT,
        },
        page=_detail(version, recipient["enterprise_id"]),
        not_after=_end_of(until),
        subject=version["id"],
        enterprise=recipient["enterprise_id"],
    )


def welcomed(recipient: Mapping[str, Any], on_day: date) -> Message:
    """Several policies that a newly bound person's enterprises surely fit; one message for all of them.

    `recipient` has person_id, enterprise_id, its name, and how many enterprises and policies there are.
    """
    return Message(
        kind="policy_welcome",
        recipient=recipient["person_id"],
        once=f"policy-welcome:{on_day}:{recipient['person_id']}",
        fields={
            "summary": f"您可能符合{recipient['policies']}项政策",
            "enterprise": _named(recipient),
            "count": str(recipient["policies"]),
            "deadline": "见各项政策",
            "hint": _HINT,
        },
        page=f"pages/policy/feed?enterprise={recipient['enterprise_id']}",
        enterprise=recipient["enterprise_id"],
    )


def once(version_id: UUID, person_id: UUID) -> str:
    """Name the message: each person hears of a version once, however he came to fit."""
    return f"policy:{version_id}:{person_id}"


def closing_soon(version: Mapping[str, Any], person_id: UUID, enterprise_id: UUID | None, until: date) -> Message:
    """The window that a person asked about closes on `until`; once per version, enterprise and last day."""
    return Message(
        kind="policy_closing",
        recipient=person_id,
        once=f"policy-closing:{version['id']}:{enterprise_id}:{until}:{person_id}",
        fields={"policy": version["title"], "date": _day(until), "hint": "点开看怎么申报、需要什么材料"},
        page=_detail(version, enterprise_id),
        not_after=_end_of(until),
        subject=version["id"],
        enterprise=enterprise_id,
    )


def reached(version: Mapping[str, Any], person_id: UUID, enterprise: Mapping[str, Any]) -> Message:
    """The day has come that was told with "起满足"; `enterprise` has id and name.

    `effective_to` and `apply_until` of the version say until when, where they are given. Not the message of
    `matched`: who asked to be reminded is, though another enterprise of his may have fitted before.
    """
    last = min((day for day in (version.get("effective_to"), version.get("apply_until")) if day), default=None)
    return Message(
        kind="policy_reached",
        recipient=person_id,
        once=f"policy-reached:{version['id']}:{enterprise['id']}:{person_id}",
        fields={
            "policy": version["title"],
            "enterprise": enterprise["name"],
            "deadline": deadline(last),
            "hint": _HINT,
        },
        page=_detail(version, enterprise["id"]),
        not_after=_end_of(last),
        subject=version["id"],
        enterprise=enterprise["id"],
    )


def retracted(version: Mapping[str, Any], person_id: UUID, reason: str) -> Message:
    """What this person was told of was withdrawn. Without a subject: pushes about the version were called off."""
    return Message(
        kind="policy_retracted",
        recipient=person_id,
        once=f"policy-retracted:{version['id']}:{person_id}",
        fields=_change(version, "已撤回", reason),
    )


def corrected(version: Mapping[str, Any], recipient: Mapping[str, Any], note: str) -> Message:
    """What this person was told of was wrong; `version` is the new one, and he hears of it by this message alone."""
    return Message(
        kind="policy_corrected",
        recipient=recipient["person_id"],
        once=once(version["id"], recipient["person_id"]),
        fields=_change(version, "已更正", note),
        page=_detail(version, recipient["enterprise_id"]),
        subject=version["id"],
    )


def digest(
    person_id: UUID, enterprise: Mapping[str, Any], question: str, *, open_count: int, settled: int, on_day: date
) -> Message:
    """How many policies are undecided for an enterprise, and the one question that would settle most of them."""
    return Message(
        kind="policy_digest",
        recipient=person_id,
        once=f"policy-digest:{on_day}:{person_id}",
        fields={
            "enterprise": enterprise["name"],
            "count": str(open_count),
            "question": question,
            "settled": str(settled),
            "hint": "答一题就能确定，不答也没关系",
        },
        page=f"pages/policy/question?enterprise={enterprise['id']}",
        enterprise=enterprise["id"],
    )


def _named(recipient: Mapping[str, Any]) -> str:
    more = f"等{recipient['enterprises']}家" if recipient["enterprises"] > 1 else ""
    return f"{recipient['name']}{more}"


def _change(version: Mapping[str, Any], change: str, note: str) -> dict[str, str]:
    return {"policy": version["title"], "change": change, "at": _moment(clock.now()), "note": _sentence(note)}


def _sentence(text: str) -> str:
    words = text.strip()
    return words if words.endswith(_STOPS) else f"{words}。"


def _detail(version: Mapping[str, Any], enterprise_id: UUID | None) -> str:
    of = f"&enterprise={enterprise_id}" if enterprise_id else ""
    return f"pages/policy/detail?id={version['policy_id']}{of}"


def _end_of(until: date | None) -> datetime | None:
    return clock.day_start(until + timedelta(days=1)) if until else None


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _moment(moment: datetime) -> str:
    here = moment.astimezone(clock.SHANGHAI)
    return f"{_day(here.date())} {here:%H:%M}"
