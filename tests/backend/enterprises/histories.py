"""Histories of enterprises as they happen: several sources, days out of order, imports, time that goes by."""

import csv
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from backend.access import SYSTEM
from backend.eligibility import Source
from backend.enterprises import settling
from backend.enterprises.facts import Telling, record_many
from backend.enterprises.imports import import_registry
from backend.foundation import clock, db
from backend.foundation.clock import Frozen
from backend.foundation.ids import new_id
from tests.backend.enterprises.builders import code, enterprise

HEADER = ("统一社会信用代码", "名称", "主体类型", "成立日期", "行业代码", "属地")
INDUSTRIES = ("5212", "1751", "6210", "5911", "7010", "0111")
DISTRICTS = ("吴兴区", "南浔区", "德清县", "长兴县")
TOLD_BY = {
    Source.SELF_DECLARED: (
        "employees",
        "revenue_wan",
        "assets_wan",
        "monthly_sales_wan",
        "wage_arrears",
        "owner_group",
    ),
    Source.BANK: ("revenue_wan", "loan_granted_on"),
    Source.REGISTRY: ("employees", "founded_on", "industry", "district"),
    Source.BUREAU: ("employees", "revenue_wan", "qualifications", "listings", "wage_arrears", "monthly_sales_wan"),
}


def _value(key: str, by: Random) -> Any:
    today = clock.today()
    made: dict[str, Any] = {
        "employees": by.randrange(0, 400),
        "revenue_wan": f"{by.randrange(0, 60_000)}.{by.randrange(10)}",
        "assets_wan": by.randrange(0, 20_000),
        "monthly_sales_wan": by.randrange(0, 30),
        "wage_arrears": by.random() < 0.5,
        "owner_group": by.choice(("veteran", "none", "graduate_year")),
        "loan_granted_on": today - timedelta(days=by.randrange(900)),
        "founded_on": today - timedelta(days=by.randrange(4_000)),
        "industry": by.choice(INDUSTRIES),
        "district": by.choice(DISTRICTS),
        "qualifications": {"high_tech": by.choice((None, today + timedelta(days=by.randrange(-30, 400))))},
        "listings": by.choice(([], ["abnormal"])),
    }
    return made[key]


async def found(count: int) -> list[UUID]:
    """Enterprises of which nothing has been told yet."""
    return [await enterprise(number) for number in range(count)]


async def something_happens(enterprises: list[UUID], by: Random, frozen: Frozen, folder: Path) -> None:
    """Tellings by each source for days out of order; now and then a registry file; then time goes by.

    Only sometimes the daily job has run when the next reader comes.
    """
    for source, keys in TOLD_BY.items():
        about = by.sample(enterprises, k=max(1, len(enterprises) // 2))
        await record_many([_telling(one, keys, by) for one in about], source=source, actor=SYSTEM)
    if by.random() < 0.5:
        await _import(len(enterprises), by, folder)
    frozen.advance(timedelta(days=by.choice((0, 1, 3, 40, 130, 300))))
    if by.random() < 0.5:
        await settling.settle_due()


def _telling(enterprise_id: UUID, keys: tuple[str, ...], by: Random) -> Telling:
    chosen = by.sample(keys, k=by.randrange(1, len(keys) + 1))
    day: date = clock.today() - timedelta(days=by.choice((0, 0, 1, 60, 119, 121, 400, 549, 551)))
    return Telling(enterprise_id, {key: _value(key, by) for key in chosen}, day)


async def _import(count: int, by: Random, folder: Path) -> None:
    path = folder / f"{new_id()}.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number in by.sample(range(count), k=max(1, count // 2)):
            kind = by.choice(("企业", "个体工商户"))
            row = (code(number), "演示食品店", kind, "2024-03-01", by.choice(INDUSTRIES), by.choice(DISTRICTS))
            writer.writerow(row)
    assert (await import_registry(path, actor=SYSTEM)).bad == 0


async def last_fact(enterprise_id: UUID) -> int:
    told = await db.fetch_value("SELECT max(id) FROM facts WHERE enterprise_id = $1", enterprise_id)
    return int(told or 0)
