"""Who got a broadcast, who did not and why: one line a person, written page by page into a file that is then sent.

Names stand there only for whoever may reveal them; others read the family name.
"""

from collections.abc import AsyncIterator
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend import audit
from backend.access import Actor
from backend.foundation import clock, db, exports
from backend.foundation.exports import Export, Format
from backend.notifications.broadcasts.naming import name_of
from backend.notifications.broadcasts.rows import TABLE, see
from backend.notifications.broadcasts.wording import CHANNELS, STATES, reason_words

PAGE: Final = 2_000
REVEAL: Final = "enterprises.reveal"
HEADER: Final = ("编号", "姓名", "企业", "通知时间", "渠道", "送达情况", "原因", "错误代码", "发送时间", "回执时间")

# $1 the broadcast, $2 the last person of the page before, $3 only who did not get it. Of several tries the one that
# reached him counts, else the last one.
_ROWS: Final = """
SELECT r.person_id, p.name_sealed, e.name AS enterprise, r.told_at, r.left_out, d.channel, d.state, d.reason, d.errcode,
       d.sending_at, d.confirmed_at
FROM broadcast_recipients r
LEFT JOIN persons p ON p.id = r.person_id LEFT JOIN enterprises e ON e.id = r.enterprise_id
LEFT JOIN LATERAL (
    SELECT w.channel, w.state, w.reason, w.errcode, w.sending_at, w.confirmed_at FROM deliveries w
    WHERE w.broadcast_id = $1 AND w.person_id = r.person_id AND w.id >= $1
    ORDER BY w.state = 'sent' DESC, w.id DESC LIMIT 1
) d ON TRUE
WHERE r.broadcast_id = $1 AND r.person_id > $2 AND NOT ($3 AND d.state IS NOT DISTINCT FROM 'sent')
ORDER BY r.person_id LIMIT $4
"""


async def write(broadcast_id: UUID, form: Format, *, only_missed: bool, actor: Actor) -> Export:
    """Write the report of a broadcast for this actor; noted in the trail. Raises BroadcastUnknown."""
    await see(broadcast_id, actor)
    is_open = actor.can(REVEAL)
    async with db.transaction():
        detail = {"format": form, "only_missed": only_missed, "names": "full" if is_open else "masked"}
        await audit.record(actor, "broadcasts.reported", table=TABLE, row_id=broadcast_id, detail=detail)
    lines = _lines(broadcast_id, only_missed=only_missed, is_open=is_open)
    return await exports.write(lines, form, title="送达报告", name=f"broadcast-{broadcast_id}")


async def _lines(broadcast_id: UUID, *, only_missed: bool, is_open: bool) -> AsyncIterator[list[tuple[str, ...]]]:
    """Yield the pages of the report, the header first and the count last."""
    yield [HEADER]
    count, after = 0, UUID(int=0)
    while rows := await db.fetch(_ROWS, broadcast_id, after, only_missed, PAGE):
        yield [_line(row, is_open=is_open) for row in rows]
        count, after = count + len(rows), rows[-1]["person_id"]
        if len(rows) < PAGE:
            break
    yield [(f"共{count}行，报告完整。",)]


def _line(row: Record, *, is_open: bool) -> tuple[str, ...]:
    return (
        str(row["person_id"]),
        name_of(row, is_open=is_open),
        row["enterprise"] or "",
        _moment(row["told_at"]),
        CHANNELS.get(row["channel"], ""),
        _state(row),
        _reason(row),
        "" if row["errcode"] is None else str(row["errcode"]),
        _moment(row["sending_at"]),
        _moment(row["confirmed_at"]),
    )


def _state(row: Record) -> str:
    if row["state"] is not None:
        return STATES[row["state"]]
    return "未通知" if row["told_at"] is None else "仅站内消息"


def _reason(row: Record) -> str:
    why = row["left_out"] if row["state"] is None else row["reason"]
    return reason_words(why) or ""


def _moment(moment: Any) -> str:
    return "" if moment is None else f"{moment.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M:%S}"
