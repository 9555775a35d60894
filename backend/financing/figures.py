"""What became of referrals, counted so that no few of them can be told apart: by bank, district, size or product.

Outcomes are a partition, so that what gave up or was never answered is counted as what was refused is. Small groups and
small outcomes are put together, small cells kept back with as many others as it takes (`foundation/suppressing.py`).
Only whole months that have ended are counted.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any, Final

import orjson
from asyncpg import Record

from backend import worktime
from backend.access import Actor, Condition
from backend.financing.catalogue.matching import plain
from backend.financing.codes import IP_PLEDGES, LOOK_OUTCOMES, REFUSALS
from backend.financing.consent import ending
from backend.financing.errors import ContentWrong
from backend.financing.referrals import overdue
from backend.financing.visibility import visible_to
from backend.foundation import clock, db
from backend.foundation.errors import FieldError
from backend.foundation.suppressing import FLOOR, REST, hidden, merged
from backend.worktime import Calendar

READ: Final = "financing.read"
IP_PLEDGE: Final[dict[str, Any]] = orjson.loads((Path(__file__).parent / "kpi.json").read_bytes())
"""What counts into the target of the year, and what does not."""
_WAN_IN_YI: Final = Decimal(10_000)
DIMENSIONS: Final = {
    "bank": "i.name",
    "district": "coalesce(a.district, '未掌握')",
    "size": "coalesce(a.size, '未掌握')",
    "product": "i.name || ' ' || v.name",
}
OUTCOMES: Final = {
    "going_on": "办理中",
    "approved": "已授信",
    "drawn": "已放款",
    "rejected": "未通过",
    "given_up": "企业放弃",
    "unknown": "银行未响应",
    "not_drawn": "授信后未登记放款",
    "elsewhere": "企业选了其他机构",
    "run_out": "授权到期",
}
_OUTCOME: Final = {
    **dict.fromkeys(("consented", "routed", "accepted", "contacted", "due_diligence"), "going_on"),
    "renewed": "drawn",
}
_ENDED: Final = {overdue.NOT_DRAWN: "not_drawn", overdue.RUN_OUT: "run_out", ending.ELSEWHERE: "elsewhere"}
_YEARS: Final = range(2020, 2200)
_REFERRED: Final = """
SELECT {dimension} AS part, r.state, r.refusal_code, r.routed_at, r.accepted_at, r.decided_at, r.end_reason
FROM financing_referrals r JOIN financing_applications a ON a.id = r.application_id
JOIN financing_institutions i ON i.id = r.institution_id
JOIN financing_product_versions v ON v.id = r.version_id
WHERE r.created_at >= $1 AND r.created_at < $2 AND {visible}
"""
# Needs that were opened, also those whose owner never let a bank see who he is.
_NEEDS: Final = """
SELECT CASE WHEN a.state IN ('open', 'chosen') THEN 'going_on'
    WHEN NOT EXISTS (SELECT FROM financing_referrals r WHERE r.application_id = a.id) THEN 'no_bank'
    ELSE a.state END AS outcome, count(*) AS found
FROM financing_applications a WHERE a.submitted_at >= $1 AND a.submitted_at < $2 AND {visible} GROUP BY 1
"""
NEEDS: Final = {
    "going_on": "办理中",
    "closed": "办结",
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


async def funnel(actor: Actor, dimension: str, first: date, last: date) -> dict[str, Any]:
    """Return outcomes, times and grounds of refusal by one dimension, of referrals made in whole months.

    Beside them what became of the needs opened in them, with or without a bank, and of second looks. `first` and `last`
    are any days of the first and the last month. Raises ContentWrong for a month that has not ended.
    """
    actor.require(READ)
    begin, end = _months(first, last)
    visible = visible_to(actor)
    sql = _REFERRED.format(dimension=DIMENSIONS[dimension], visible=visible.render(3))
    rows = await db.fetch(sql, begin, end, *visible.params)
    table = tabled([(row["part"], _outcome(row)) for row in rows])
    beside = {
        "needs": await _counted(_NEEDS, NEEDS, visible, begin, end),
        "second_looks": await _counted(_LOOKS, LOOKS, visible, begin, end),
    }
    if table is None:  # all of them together are too few
        return {"dimension": dimension, "total": None, "outcomes": [], "groups": [], "refusals": [], **beside}
    groups: dict[str, list[Record]] = {}
    for row in rows:
        groups.setdefault(table.rows[row["part"]], []).append(row)
    calendar = await worktime.current()
    return {
        "dimension": dimension,
        "total": len(rows),
        "outcomes": [
            {"key": name, "word": OUTCOMES.get(name, _name(name)), "members": members}
            for name, members in table.members().items()
        ],
        "groups": [
            {"part": _name(part), **cells, **_times(groups[part], calendar)} for part, cells in table.told().items()
        ],
        "refusals": _grounds(Counter(row["refusal_code"] for row in rows if row["refusal_code"]), REFUSALS),
        **beside,
    }


async def _counted(
    sql: str, words: Mapping[str, str], visible: Condition, begin: datetime, end: datetime
) -> list[dict[str, Any]]:
    rows = await db.fetch(sql.format(visible=visible.render(3)), begin, end, *visible.params)
    return _grounds({row["outcome"]: row["found"] for row in rows}, words)


def _outcome(row: Record) -> str:
    """Say what became of a referral, so that nobody is blamed for what he did not do.

    A bank that offered a loan which nobody drew did respond; an owner who drew at another bank did not give up.
    """
    state = row["state"]
    if state in ("unknown", "given_up") and row["end_reason"] in _ENDED:
        return _ENDED[row["end_reason"]]
    return str(_OUTCOME.get(state, state))


@dataclass(frozen=True, slots=True)
class Tabled:
    """Counts of parts by outcomes; `rows` and `columns` tell under which name each part and outcome is shown."""

    rows: Mapping[str, str]
    columns: Mapping[str, str]
    counts: Mapping[tuple[str, str], int]

    def told(self) -> dict[str, dict[str, Any]]:
        """Return each part's count and cells; None stands in a cell that is kept back."""
        parts, outcomes = _ordered(self.rows), _ordered(self.columns)
        table = [[self.counts.get((part, outcome), 0) for outcome in outcomes] for part in parts]
        kept = hidden(table)
        return {
            part: {
                "count": sum(line),
                "cells": {
                    name: None if (row, column) in kept else line[column] for column, name in enumerate(outcomes)
                },
            }
            for row, (part, line) in enumerate(zip(parts, table, strict=True))
        }

    def members(self) -> dict[str, list[str]]:
        """Return the outcomes that stand under each name."""
        return {
            name: [OUTCOMES.get(one, one) for one, shown in sorted(self.columns.items()) if shown == name]
            for name in _ordered(self.columns)
        }


def _ordered(names: Mapping[str, str]) -> list[str]:
    return sorted(set(names.values()), key=lambda name: (name == REST, name))


def tabled(pairs: Sequence[tuple[str, str]]) -> Tabled | None:
    """Count pairs of part and outcome, small ones put together; None where all of them are too few to be told."""
    rows, columns = merged(Counter(part for part, _ in pairs)), merged(Counter(outcome for _, outcome in pairs))
    if rows is None or columns is None:
        return None
    counts = Counter((rows[part], columns[outcome]) for part, outcome in pairs)
    return Tabled(rows, columns, counts)


def _months(first: date, last: date) -> tuple[datetime, datetime]:
    """Return where a span of whole months begins and ends; raises ContentWrong."""
    if first.year in _YEARS and last.year in _YEARS:
        begin = date(first.year, first.month, 1)
        year, month = divmod(last.year * 12 + last.month, 12)
        end = date(year, month + 1, 1)
        if begin < end <= clock.today():
            return clock.day_start(begin), clock.day_start(end)
    raise ContentWrong(fields=(FieldError("last", "range", "只统计已经结束的整月，起始月不能晚于截止月。"),))


def _name(part: str) -> str:
    return "其他（合并）" if part == REST else part


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
    return [{"code": code, "word": words.get(code, _name(code)), "count": told[code]} for code in order]


async def neutrality(actor: Actor, first: date, last: date) -> list[dict[str, Any]]:
    """Return how often each bank stood first, against chance, with how far that is out of the ordinary.

    `deviation` is in standard deviations; beyond ±3 somebody should look why. None where chance leaves no room.
    """
    actor.require(READ)
    begin, end = _months(first, last)
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
