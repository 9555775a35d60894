"""What surveys tell people. Every `survey` given here has id, title, reason and closes_on."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from backend.foundation import clock
from backend.notifications import Message

INVITED: Final = "survey_invited"
CLOSING: Final = "survey_closing"


def invited(survey: Mapping[str, Any], recipient: Mapping[str, Any]) -> Message:
    """A survey is put to an enterprise of this person; one message whatever the number of his enterprises.

    `recipient` has person_id, enterprise_id, its name, and how many there are.
    """
    return Message(
        kind=INVITED,
        recipient=recipient["person_id"],
        once=f"survey:{survey['id']}:{recipient['person_id']}",
        fields={
            "survey": survey["title"],
            "enterprise": _named(recipient),
            "deadline": f"{_day(survey['closes_on'])}前",
            "reason": survey["reason"],
            "hint": "答不答由您，点开看题目",
        },
        page=_page(survey, recipient["enterprise_id"]),
        not_after=end_of(survey["closes_on"]),
        subject=survey["id"],
        enterprise=recipient["enterprise_id"],
    )


def closing(survey: Mapping[str, Any], recipient: Mapping[str, Any]) -> Message:
    """A survey ends soon that some enterprise of this person has not answered; once a survey."""
    return Message(
        kind=CLOSING,
        recipient=recipient["person_id"],
        once=f"survey-closing:{survey['id']}:{recipient['person_id']}",
        fields={
            "survey": survey["title"],
            "enterprise": _named(recipient),
            "deadline": f"{_day(survey['closes_on'])}前",
            "hint": "不想答可以不理会",
        },
        page=_page(survey, recipient["enterprise_id"]),
        event_at=end_of(survey["closes_on"]),
        subject=survey["id"],
        enterprise=recipient["enterprise_id"],
    )


def end_of(last: date) -> datetime:
    return clock.day_start(last + timedelta(days=1))


def _named(recipient: Mapping[str, Any]) -> str:
    more = f"等{recipient['enterprises']}家" if recipient["enterprises"] > 1 else ""
    return f"{recipient['name']}{more}"


def _page(survey: Mapping[str, Any], enterprise_id: UUID | None) -> str:
    of = f"&enterprise={enterprise_id}" if enterprise_id else ""
    return f"pages/survey/detail?id={survey['id']}{of}"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
