"""A year of the ledger in figures, by district or unit; each number beside the sentence that says how it is counted."""

from dataclasses import dataclass
from typing import Any, Final, Literal

from backend.access import Actor
from backend.enterprises import divisions
from backend.enterprises.contacts.visibility import visible_to
from backend.foundation import db

By = Literal["district", "unit"]


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    word: str
    formula: str
    sql: str


_STANDS: Final = "c.struck_at IS NULL"
FIGURES: Final = (
    Figure("contacts", "入企合计", "未更正的服务和检查记录数；几个单位同去只算一次", f"{_STANDS}"),
    Figure(
        "services",
        "计次服务",
        "其中计入年度次数的服务；企业自己提出的不计",
        f"{_STANDS} AND c.side = 'service' AND c.is_counted AND NOT c.is_wished",
    ),
    Figure("wished", "应企业要求", "其中企业自己提出的服务，不占用年度次数", f"{_STANDS} AND c.is_wished"),
    Figure(
        "listed",
        "只列示",
        "电话、视频、到窗口等只列示、不计次的服务",
        f"{_STANDS} AND c.side = 'service' AND NOT c.is_counted AND NOT c.is_wished",
    ),
    Figure("inspections", "检查", "未更正的检查记录数，含不计次的", f"{_STANDS} AND c.side = 'inspection'"),
    Figure("joint", "联合入企", "两个以上单位同去的次数，每次只算一次", f"{_STANDS} AND c.units > 1"),
    Figure("late", "补录", "超过规定天数才登记的记录数", f"{_STANDS} AND c.is_late"),
    Figure("struck", "已更正", "注明理由更正的记录数，原记录保留，不计入以上各项", "c.struck_at IS NOT NULL"),
    Figure("objected", "企业有异议", "企业提出异议的记录数，含已更正的", "c.objected_at IS NOT NULL"),
)
# By unit: the unit that led; who joined counts nowhere twice.
_KEYS: Final = {"district": "c.district", "unit": "c.unit_id::text"}
_OF: Final = """
SELECT {key} AS key, grouping({key}) = 1 AS is_total, max(c.unit) AS unit,
    count(DISTINCT c.enterprise_id) FILTER (WHERE c.struck_at IS NULL)::int AS enterprises, {figures}
FROM (
    SELECT c.*, (SELECT count(DISTINCT coalesce(p.unit_id, p.staff_id)) FROM contact_people p
                 WHERE p.contact_id = c.id) AS units,
        (SELECT p.unit FROM contact_people p WHERE p.contact_id = c.id AND p.unit_id = c.unit_id LIMIT 1) AS unit
    FROM contacts c WHERE c.year = $1 AND {visible}
) AS c GROUP BY GROUPING SETS (({key}), ()) ORDER BY is_total DESC, key NULLS LAST
"""


async def of(actor: Actor, year: int, by: By) -> dict[str, Any]:
    """Return the figures of a calendar year in China, the whole first."""
    actor.require("visits.read")
    visible = visible_to(actor)
    columns = ", ".join(f"count(*) FILTER (WHERE {one.sql})::int AS {one.name}" for one in FIGURES)
    sql = _OF.format(key=_KEYS[by], figures=columns, visible=visible.render(2))
    rows = await db.fetch(sql, year, *visible.params)
    return {
        "year": year,
        "by": by,
        "formulas": [
            {"name": "enterprises", "word": "涉及企业", "formula": "有未更正记录的企业数"},
            *({"name": one.name, "word": one.word, "formula": one.formula} for one in FIGURES),
        ],
        "items": [{**_named(dict(row), by)} for row in rows],
    }


def _named(row: dict[str, Any], by: By) -> dict[str, Any]:
    unit = row.pop("unit")
    if row["is_total"]:
        return {**row, "key": None, "word": "合计"}
    named = divisions.label(row["key"]) if by == "district" and row["key"] else unit
    return {**row, "word": named or "未知"}
