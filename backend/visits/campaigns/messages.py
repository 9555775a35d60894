"""What owners are told about a campaign: one proposal, and once that it is cancelled."""

from collections.abc import Sequence
from datetime import date, timedelta

from asyncpg import Record

from backend.foundation import clock
from backend.notifications import Message
from backend.visits.campaigns.rows import Campaign

PAGE = "pages/visits/proposals"


def proposed(one: Campaign, rows: Sequence[Record], expires_on: date) -> Message:
    """Ask a person about those of his enterprises that are due together."""
    first = rows[0]
    fields = {
        "title": one.title,
        "enterprise": _names(rows),
        "visitor": first["visitor"],
        "week": _week(first["week"]),
        "hint": f"请在{expires_on.month}月{expires_on.day}日前选时间，也可不需要",
        "why": one.why,
    }
    not_after = clock.day_start(expires_on + timedelta(days=1))
    once, page = f"visit-campaign:{first['id']}", f"{PAGE}?id={first['id']}"
    about = {"not_after": not_after, "subject": one.id, "enterprise": first["enterprise_id"]}
    return Message("visit_campaign", first["person_id"], once, fields, page, **about)


def cancelled(one: Campaign, rows: Sequence[Record]) -> Message:
    """Tell a person that nobody comes by this round; what he picked stands and is not meant."""
    first = rows[0]
    fields = {
        "title": one.title,
        "enterprise": _names(rows),
        "visitor": first["visitor"],
        "week": _week(first["week"]),
        "hint": "本次安排已取消",
    }
    once = f"visit-campaign-cancelled:{first['id']}"
    return Message(
        "visit_campaign_cancelled", first["person_id"], once, fields, PAGE, enterprise=first["enterprise_id"]
    )


def _names(rows: Sequence[Record]) -> str:
    name = str(rows[0]["name"])
    return name if len(rows) == 1 else f"{name}等{len(rows)}家"


def _week(monday: date) -> str:
    last = monday + timedelta(days=4)
    return f"{monday.year}年{monday.month:02}月{monday.day:02}日~{last.year}年{last.month:02}月{last.day:02}日"
