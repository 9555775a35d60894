"""What became of referrals in a quarter, by bank, district, size or product, and the KPI of a year.

What is promised, to one reader of `funnel` who holds beside each other what it tells at one time: every count is nought
or at least FLOOR, and no smaller one can be worked out, neither from the other counts of its table, nor from another
quarter (calendar quarters that have ended never overlap), nor from another dimension (products are told within what is
told of their banks, `tabling.py`; the others share nothing but sums that are told anyway). Not promised: that two
readings on different days tell nothing by what changed between them, nor that two readers of different districts may
not add up theirs. The neutrality report counts draws of lots and no outcomes; the KPI is exact, as its target wants it:
who takes it out of the office sees to how few loans it is of.

Outcomes are a partition, so that what gave up or was never answered is counted as what was refused is.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any, Final

import orjson
from asyncpg import Record

from backend import worktime
from backend.access import Actor, Condition
from backend.financing import outcomes
from backend.financing.catalogue.matching import plain
from backend.financing.codes import IP_PLEDGES, LOOK_OUTCOMES, REFUSALS
from backend.financing.errors import ContentWrong
from backend.financing.states import ReferralState
from backend.financing.tabling import OTHERS, Counted, tabled
from backend.financing.visibility import visible_to
from backend.foundation import clock, db
from backend.foundation.errors import FieldError
from backend.foundation.suppressing import FLOOR, REST, merged
from backend.worktime import Calendar

READ: Final = "financing.read"
IP_PLEDGE: Final[dict[str, Any]] = orjson.loads((Path(__file__).parent / "kpi.json").read_bytes())
"""What counts into the target of the year, and what does not."""
_WAN_IN_YI: Final = Decimal(10_000)
DIMENSIONS: Final = {
    "bank": "i.name",
    "district": "coalesce(a.district, '未掌握')",
    "size": "coalesce(a.size, '未掌握')",
    "product": "i.name",
}
"""Products are told within their banks."""
OUTCOMES: Final = {
    "going_on": "办理中",
    "approved": "已授信",
    "drawn": "已放款",
    "rejected": "未通过",
    "given_up": "企业放弃",
    "unknown": "银行未响应",
    **{one.code: one.word for one in outcomes.OUTCOMES.values()},
}
_OUTCOME: Final = {
    **dict.fromkeys(("consented", "routed", "accepted", "contacted", "due_diligence"), "going_on"),
    "renewed": "drawn",
    # What its bank has noted is no loan before its owner or the clock says so.
    "drawing": "approved",
}
_YEARS: Final = range(2020, 2200)
_QUARTER: Final = re.compile(r"([0-9]{4})-Q([1-4])", re.ASCII)
_REFERRED: Final = """
SELECT {dimension} AS part, v.name AS product, r.state, r.refusal_code, r.routed_at, r.accepted_at,
    r.decided_at, r.end_reason
FROM financing_referrals r JOIN financing_applications a ON a.id = r.application_id
JOIN financing_institutions i ON i.id = r.institution_id
JOIN financing_product_versions v ON v.id = r.version_id
WHERE r.created_at >= $1 AND r.created_at < $2 AND {visible}
"""
# Needs that were opened, also those whose owner never let a bank see who he is.
_NEEDS: Final = """
SELECT CASE WHEN a.state IN ('open', 'chosen') THEN 'going_on'
    WHEN a.state = 'closed' AND a.end_reason = '{ceased}' THEN 'ceased'
    WHEN NOT EXISTS (SELECT FROM financing_referrals r WHERE r.application_id = a.id) THEN 'no_bank'
    ELSE a.state END AS outcome, count(*) AS found
FROM financing_applications a WHERE a.submitted_at >= $1 AND a.submitted_at < $2 AND {visible} GROUP BY 1
"""
NEEDS: Final = {
    "going_on": "办理中",
    "closed": "办结",
    "ceased": "企业已注销或吊销",
    "withdrawn": "授权后撤回",
    "expired": "授权后到期",
    "no_bank": "未授权任何银行即撤回或到期",
}
_LOOKS: Final = """
SELECT coalesce(l.outcome, 'open') AS outcome, count(*) AS found
FROM financing_second_looks l JOIN financing_referrals r ON r.id = l.referral_id
JOIN financing_applications a ON a.id = r.application_id
WHERE r.created_at >= $1 AND r.created_at < $2 AND {visible} GROUP BY 1
"""
LOOKS: Final = {"open": "办理中", **LOOK_OUTCOMES}
# Who stands first, and by what chance each might have: among the banks that answered as well as any did.
_FIRST: Final = """
WITH best AS (
    SELECT m.application_id, m.institution_id, min(m.position) AS position FROM financing_matches m
    JOIN financing_applications a ON a.id = m.application_id
    WHERE a.submitted_at >= $1 AND a.submitted_at < $2 AND {visible} AND m.answer = (
        SELECT f.answer FROM financing_matches f WHERE f.application_id = m.application_id AND f.position = 1)
      AND m.answer <> 'no'
    GROUP BY 1, 2
)
SELECT i.name AS bank, count(*) AS shown, count(*) FILTER (WHERE b.position = 1) AS first,
    sum(1.0 / (SELECT count(*) FROM best o WHERE o.application_id = b.application_id)) AS expected,
    sum((1.0 / (SELECT count(*) FROM best o WHERE o.application_id = b.application_id))
        * (1 - 1.0 / (SELECT count(*) FROM best o WHERE o.application_id = b.application_id))) AS variance
FROM best b JOIN financing_institutions i ON i.id = b.institution_id GROUP BY i.name ORDER BY i.name
"""
_PLEDGED: Final = """
SELECT count(*) AS loans, coalesce(sum(r.drawn_wan), 0) AS drawn_wan
FROM financing_referrals r JOIN financing_applications a ON a.id = r.application_id
WHERE r.state IN ('drawn', 'renewed') AND r.drawn_on >= $1 AND r.drawn_on < $2 AND {visible} AND (
    SELECT o.collateral FROM financing_offers o WHERE o.referral_id = r.id ORDER BY o.edition DESC LIMIT 1) = ANY ($3)
"""


async def funnel(actor: Actor, dimension: str, quarter: str) -> dict[str, Any]:
    """Return outcomes, times and grounds of refusal by one dimension, of referrals made in a quarter like `2026-Q3`.

    Beside them what became of the needs opened in it, with or without a bank, and of second looks. Raises ContentWrong
    for a quarter that has not ended.
    """
    actor.require(READ)
    begin, end = _quarter(quarter)
    visible = visible_to(actor)
    sql = _REFERRED.format(dimension=DIMENSIONS[dimension], visible=visible.render(3))
    rows = await db.fetch(sql, begin, end, *visible.params)
    every = [Counted(row["part"], _outcome(row), row["product"]) for row in rows]
    beside = {
        "needs": await _grouped(_NEEDS, NEEDS, visible, begin, end),
        "second_looks": await _grouped(_LOOKS, LOOKS, visible, begin, end),
    }
    table = tabled(every)
    if table is None:  # all of them together are too few
        return {"dimension": dimension, "total": None, "outcomes": [], "groups": [], "refusals": [], **beside}
    is_by_product = dimension == "product"
    groups: dict[str, list[Record]] = {}
    for row, one in zip(rows, every, strict=True):
        groups.setdefault(table.name_of(one, is_by_product=is_by_product), []).append(row)
    calendar = await worktime.current()
    return {
        "dimension": dimension,
        "total": len(rows),
        "outcomes": [
            {"key": name, "word": OUTCOMES.get(name, OTHERS), "members": _members(name, table.outcomes)}
            for name in table.outcomes
        ],
        "groups": [
            {**one.told(), **_times(groups[one.part], calendar)}
            for one in (table.product_groups() if is_by_product else table.groups())
        ],
        "refusals": _grounds(Counter(row["refusal_code"] for row in rows if row["refusal_code"]), REFUSALS),
        **beside,
    }


def _members(name: str, told: Collection[str]) -> list[str]:
    """Return in words which outcomes may stand under a name.

    Under REST that is every one that is not told by itself, nought or not: five of five named outcomes are one of each.
    """
    return [word for one, word in OUTCOMES.items() if one not in told] if name == REST else [OUTCOMES[name]]


async def _grouped(
    sql: str, words: Mapping[str, str], visible: Condition, begin: datetime, end: datetime
) -> list[dict[str, Any]]:
    written = sql.format(visible=visible.render(3), ceased=outcomes.CEASED)
    rows = await db.fetch(written, begin, end, *visible.params)
    return _grounds({row["outcome"]: row["found"] for row in rows}, words)


def _outcome(row: Record) -> str:
    """Say what became of a referral, so that nobody is blamed for what he did not do.

    A bank that offered a loan which nobody drew did respond; an owner who drew at another bank, or denied what a bank
    had noted, did not give up.
    """
    state = row["state"]
    found = outcomes.of(ReferralState(state), row["end_reason"])
    return found.code if found else str(_OUTCOME.get(state, state))


def _quarter(text: str) -> tuple[datetime, datetime]:
    """Return where a quarter begins and ends; raises ContentWrong."""
    found = _QUARTER.fullmatch(text)
    if found is None or int(found[1]) not in _YEARS:
        raise ContentWrong(fields=(FieldError("quarter", "unknown", "季度写作 2026-Q3。"),))
    year, number = int(found[1]), int(found[2])
    begin, end = date(year, 3 * number - 2, 1), date(year + number // 4, 3 * number % 12 + 1, 1)
    if end > clock.today():
        raise ContentWrong(fields=(FieldError("quarter", "range", "只统计已经结束的季度。"),))
    return clock.day_start(begin), clock.day_start(end)


def _ended_of(year: int) -> tuple[datetime, datetime]:
    """Return a year as far as its quarters have ended; raises ContentWrong where none has."""
    today = clock.today()
    end = min(date(year + 1, 1, 1), date(today.year, (today.month - 1) // 3 * 3 + 1, 1)) if year in _YEARS else None
    if end is None or end <= date(year, 1, 1):
        raise ContentWrong(fields=(FieldError("year", "range", "只统计已经结束的季度，该年还没有。"),))
    return clock.day_start(date(year, 1, 1)), clock.day_start(end)


def _times(rows: Sequence[Record], calendar: Calendar) -> dict[str, Any]:
    """Return the middle of the office minutes until acceptance and decision; None where too few got so far."""
    accepting = [
        calendar.minutes_between(row["routed_at"], row["accepted_at"])
        for row in rows
        if row["routed_at"] and row["accepted_at"]
    ]
    deciding = [
        calendar.minutes_between(row["accepted_at"], row["decided_at"])
        for row in rows
        if row["accepted_at"] and row["decided_at"]
    ]
    return {"accept_minutes": _middle(accepting), "decide_minutes": _middle(deciding)}


def _middle(minutes: Sequence[int]) -> int | None:
    return int(median(minutes)) if len(minutes) >= FLOOR else None


def _grounds(counts: Mapping[str, int], words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return counts over all parts, the most frequent first: small ones are put together."""
    names = merged(counts) if counts else {}
    if not names:
        return []
    told = Counter[str]()
    for code, count in counts.items():
        told[names[code]] += count
    order = sorted(told, key=lambda code: (code == REST, -told[code], code))
    return [{"code": code, "word": words.get(code, OTHERS), "count": told[code]} for code in order]


async def neutrality(actor: Actor, year: int) -> list[dict[str, Any]]:
    """Return how often each bank stood first in the quarters of a year that have ended, against chance.

    `deviation` is in standard deviations; beyond ±3 somebody should look why. None where chance leaves no room.
    """
    actor.require(READ)
    begin, end = _ended_of(year)
    visible = visible_to(actor)
    rows = await db.fetch(_FIRST.format(visible=visible.render(3)), begin, end, *visible.params)
    return [
        {
            "bank": row["bank"],
            "shown": row["shown"],
            "first": row["first"],
            "expected": f"{row['expected']:.2f}",
            "deviation": _deviation(row["first"], row["expected"], row["variance"]),
        }
        for row in rows
        if row["shown"] >= FLOOR
    ]


def _deviation(first: int, expected: Decimal, variance: Decimal) -> str | None:
    return f"{(first - expected) / variance.sqrt():.2f}" if variance > 0 else None


async def ip_pledged(actor: Actor, year: int) -> dict[str, Any]:
    """Return what was drawn against patents and trademarks in a year, beside the target and how it is counted.

    `reached_percent` is of the target as it was set for `target_year`; for another year there is none to be of.
    """
    actor.require(READ)
    visible = visible_to(actor)
    given = (date(year, 1, 1), date(year + 1, 1, 1), [*IP_PLEDGES])
    row = await db.fetch_one(_PLEDGED.format(visible=visible.render(4)), *given, *visible.params)
    assert row is not None  # noqa: S101  an aggregate has a row
    drawn_yi = row["drawn_wan"] / _WAN_IN_YI
    is_its_year = year == IP_PLEDGE["target_year"]
    return {
        **IP_PLEDGE,
        "year": year,
        "loans": row["loans"],
        "drawn_wan": plain(row["drawn_wan"]) if row["drawn_wan"] else "0",
        "value": f"{drawn_yi:.4f}",
        "reached_percent": f"{drawn_yi / Decimal(IP_PLEDGE['target']) * 100:.2f}" if is_its_year else None,
    }
