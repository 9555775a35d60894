"""A queue as a file for a spreadsheet; its last line says how many lines it has.

Whoever reads masked gets it masked. The trail notes what
was asked for and how many lines left.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, Final

from backend import audit
from backend.access import Actor
from backend.cases.desk import queues
from backend.cases.desk.narrowing import Filter
from backend.cases.desk.queues import QUEUES, Sort
from backend.enterprises import divisions
from backend.foundation import clock, db, exports
from backend.foundation.exports import Export, Format

MOST: Final = 50_000
PAGE: Final = 2_000
HEADER: Final = (
    "编号",
    "标题",
    "摘要",
    "类别",
    "状态",
    "企业",
    "属地",
    "承办单位",
    "经办人",
    "已转交",
    "渠道",
    "紧急程度",
    "收到时间",
    "到期时间",
    "答复时间",
    "办结时间",
    "超期",
    "暂停计时",
    "期限暂定",
    "待上级决定",
    "挂牌督办",
    "退回次数",
    "转交次数",
    "任务",
    "任务到期",
)
CHANNELS: Final[Mapping[str, str]] = {
    "mini_program": "小程序",
    "counter": "窗口",
    "phone": "电话",
    "visit": "走访",
    "staff": "工作人员登记",
    "system": "系统",
}
URGENCIES: Final[Mapping[str, str]] = {"normal": "一般", "urgent": "紧急", "critical": "特急"}
TASKS: Final[Mapping[str, str]] = {"call_back": "差评回访", "rectification": "差评整改"}


async def export(actor: Actor, queue: str, wanted: Filter, form: Format, *, sort: Sort = "due") -> Export:
    """Write a queue as it is seen now, at most MOST lines of it; beyond them the last line says so."""
    actor.require("cases.read")
    lines = _Lines(actor, queue, wanted, sort)
    file = await exports.write(lines.pages(), form, title="事项", name=exports.dated("cases"))
    told = {"queue": queue, "format": form, "lines": lines.count, **wanted.given()}
    with file.kept():
        async with db.transaction():
            await audit.record(actor, "cases.exported", table="cases", row_id=None, detail=told)
    return file


class _Lines:
    """The pages of a queue as cells, the header first and the count last."""

    def __init__(self, actor: Actor, queue: str, wanted: Filter, sort: Sort) -> None:
        self._actor, self._queue, self._wanted, self._sort = actor, queue, wanted, sort
        self.count = 0

    async def pages(self) -> AsyncIterator[list[tuple[str, ...]]]:
        yield [HEADER]
        cursor, is_more = None, True
        while is_more and self.count < MOST:
            size = min(PAGE, MOST - self.count)
            rows = await queues.slice_of(
                self._actor, self._queue, self._wanted, sort=self._sort, cursor=cursor, limit=size + 1
            )
            is_more, rows = len(rows) > size, rows[:size]
            yield [_line(one) for one in queues.told(self._actor, rows)]
            self.count += len(rows)
            cursor = queues.cursor_of(rows[-1]) if rows else None
        yield [(self._end(is_more=is_more),)]

    def _end(self, *, is_more: bool) -> str:
        if is_more:
            return f"只导出前{self.count}条，还有更多，请缩小范围后分次导出。"
        return f"共{self.count}条（{QUEUES[self._queue].word}），到此为止。"


def _line(row: Mapping[str, Any]) -> tuple[str, ...]:
    cells = (
        row["number"],
        row["title"],
        row["excerpt"],
        row["category_title"],
        row["state_word"],
        row["enterprise"],
        divisions.label(row["district"] or ""),
        row["unit"],
        row["handler"],
        row["offered"],
        CHANNELS.get(row["channel"], row["channel"]),
        URGENCIES.get(row["urgency"], row["urgency"]),
        *(_moment(row[name]) for name in ("received_at", "due_at", "answered_at", "closed_at")),
        *(_yes(row[name]) for name in ("is_overdue", "is_paused", "is_provisional", "awaits_decision")),
        _yes(row["is_supervised"]),
        str(row["refusals"]),
        str(row["hand_overs"]),
        TASKS.get(row["task"] or ""),
        _moment(row["task_due_at"]),
    )
    return tuple(cell or "" for cell in cells)


def _moment(at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"


def _yes(value: Any) -> str:
    return "是" if value else ""
