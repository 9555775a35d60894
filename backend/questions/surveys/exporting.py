"""Results as a file: the very figures of the screen, kept back where those are."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import UUID

from backend import audit
from backend.access import Actor
from backend.enterprises import divisions
from backend.enterprises.catalogue import CATALOGUE
from backend.foundation import clock, db, exports
from backend.foundation.exports import Export, Format
from backend.foundation.suppressing import REST
from backend.questions.surveys import results
from backend.questions.surveys.counting import DIMENSIONS
from backend.questions.surveys.service import TABLE

_KEPT_BACK: Final = "不显示"
_TOGETHER: Final = "其他（合并）"
_HEADS: Final = {"district": "属地：", "size": "规模："}
_SIZES: Final = {**CATALOGUE["statistical_size"].choices, "undetermined": "数据不全，未能判定"}


async def write(actor: Actor, survey_id: UUID, form: Format) -> Export:
    """Write the results that are shown now, noted in the trail; raises SurveyUnknown."""
    told = await results.of(actor, survey_id)
    async with db.transaction():
        detail = {"format": form}
        await audit.record(actor, "surveys.exported", table=TABLE, row_id=survey_id, detail=detail)
    return await exports.write(exports.once([*_lines(told)]), form, title="调查结果", name=f"survey-{survey_id}")


def _lines(told: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    yield (told["title"], _counted(told))
    columns = [(dimension, group) for dimension in DIMENSIONS for group in told["groups"].get(dimension, ())]
    yield ("题目", "选项", "合计", *(f"{_HEADS[dimension]}{group_name(dimension, one)}" for dimension, one in columns))
    if told["answers"] is not None:
        yield ("答卷数", "", str(told["answers"]), *(str(group["answers"]) for _, group in columns))
    for question in told["questions"]:
        yield from _of_question(question, told["groups"])


def _counted(told: Mapping[str, Any]) -> str:
    if told["counted_at"] is None:
        return "答卷还不足以公布结果"
    moment = told["counted_at"].astimezone(clock.SHANGHAI)
    return f"统计时间：{moment:%Y-%m-%d %H:%M}"


def group_name(dimension: str, group: Mapping[str, Any]) -> str:
    """Return what a group is called; what was put together is called so."""
    if group["name"] == REST:
        return _TOGETHER
    if dimension == "size":
        return _SIZES.get(group["name"], str(group["name"]))
    return str(divisions.label(group["name"])) if group["name"] else "属地不明"


def _of_question(question: Mapping[str, Any], groups: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    shown = [dimension for dimension in DIMENSIONS if dimension in groups]
    for row in question["rows"]:
        cells = [_cell(count) for dimension in shown for count in row[dimension] or [None] * len(groups[dimension])]
        yield (question["text"], row["words"], _cell(row["count"]), *cells)
    if question["median"] is not None:
        medians = [median or _KEPT_BACK for dimension in shown for median in question["medians"].get(dimension, ())]
        yield (question["text"], f"中位数（{question['unit'] or '数'}）", question["median"], *medians)


def _cell(count: int | None) -> str:
    return _KEPT_BACK if count is None else str(count)
