"""What staff read of what was held: queue and outline without the words; one thing with them, which the trail notes."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend import audit, files
from backend.access import Actor, Condition, granted
from backend.foundation import db
from backend.foundation.paging import count_column, counted, cut, decode_cursor, encode_cursor
from backend.moderation.errors import SubjectUnknown
from backend.moderation.states import PART_WORDS, PartState, SubjectState
from backend.moderation.telling import Concerns

PERMISSION: Final = "moderation.review"
NOBODY: Final[Mapping[str, Concerns]] = {}

_ITEM: Final = """
s.id, s.origin, s.origin_id, s.person_id, s.state, s.why, s.reason, s.district, s.created_at, s.held_at, s.decided_at,
(SELECT t.name FROM staff t WHERE t.id = s.decided_by) AS decided_by,
(SELECT count(*)::int FROM moderation_parts p WHERE p.subject_id = s.id AND p.kind = 'text') AS texts,
(SELECT count(*)::int FROM moderation_parts p WHERE p.subject_id = s.id AND p.kind = 'media') AS pictures
"""
_HIS_PHONE: Final = """
SELECT EXISTS (SELECT FROM staff_phones p WHERE p.staff_id = $1 AND p.person_id = $2 AND p.ended_at IS NULL)
"""
_OUTLINE: Final = """
SELECT p.kind, p.state, p.suggest, p.label, p.errcode, length(w.body) AS signs, f.media_type, f.size,
       CASE p.kind WHEN 'text' THEN w.body IS NOT NULL ELSE f.id IS NOT NULL END AS is_there
FROM moderation_parts p LEFT JOIN moderation_words w ON w.part_id = p.id
LEFT JOIN files f ON f.id = p.file_id AND f.state = 'stored'
WHERE p.subject_id = $1 ORDER BY p.position
"""
_PARTS: Final = """
SELECT p.kind, p.state, p.suggest, p.label, p.errcode, p.file_id, w.body AS text
FROM moderation_parts p LEFT JOIN moderation_words w ON w.part_id = p.id
WHERE p.subject_id = $1 ORDER BY p.position
"""
_STORED: Final = "SELECT id FROM files WHERE id = ANY ($1::uuid[]) AND state = 'stored'"
LABELS: Final[Mapping[int, str]] = {
    100: "正常",
    10001: "广告",
    20001: "时政",
    20002: "色情",
    20003: "辱骂",
    20006: "违法犯罪",
    20008: "欺诈",
    20012: "低俗",
    20013: "版权",
    21000: "其他",
}
"""WeChat's labels of what a text or picture may be."""
WHY: Final[Mapping[str, str]] = {
    "pass": "检测通过",
    "review": "检测结果存疑",
    "risky": "检测为有风险",
    "no_openid": "没有可送检的微信账号",
    "unanswered": "未在时限内收到检测结果",
    "failed": "送检未成功",
    "none": "检测结果无法识别",
}


def visible_to(actor: Actor) -> Condition:
    """Return the condition over `moderation_subjects s`: what came to staff, in the districts of their grants."""
    came = Condition("s.held_at IS NOT NULL")
    return came & granted(actor, PERMISSION, district="s.district")


async def page(actor: Actor, *, state: str = SubjectState.HELD, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return one page of the queue, what has waited longest first; what was decided comes newest first."""
    is_queue = state == SubjectState.HELD
    wanted = visible_to(actor) & Condition("s.state = {}::text", (state,))
    after = decode_cursor(cursor, UUID)
    source = "moderation_subjects s WHERE"
    count = count_column(f"{source} {wanted.render(2)}", cursor)
    if after:
        wanted = wanted & Condition(f"s.id {'>' if is_queue else '<'} {{}}::uuid", after)
    order = "s.id" if is_queue else "s.id DESC"
    sql = f"SELECT {_ITEM}{count} FROM {source} {wanted.render(2)} ORDER BY {order} LIMIT $1"
    found = await db.fetch(sql, limit + 1, *wanted.params)
    rows, following = cut(found, limit, lambda row: encode_cursor(row["id"]))
    return {"items": [_told(row) for row in rows], "next": following, **counted(found, cursor)}


def _told(row: Record) -> dict[str, Any]:
    told = {name: value for name, value in row.items() if name not in {"found", "person_id"}}
    return {**told, "why_words": _why(row["why"])}


async def outline(subject_id: UUID, *, actor: Actor, concerns: Mapping[str, Concerns] = NOBODY) -> dict[str, Any]:
    """Return what a look at one thing will show, and nothing of what it says; raises SubjectUnknown."""
    actor.require(PERMISSION)
    row = await _one(subject_id, actor)
    parts = [_piece(one) for one in await db.fetch(_OUTLINE, subject_id)]
    return {**_told(row), "may": ["look", *await _may(row, actor, concerns)], "parts": parts}


def _piece(row: Record) -> dict[str, Any]:
    told = {name: row[name] for name in ("kind", "state", "errcode", "signs", "media_type", "size", "is_there")}
    words = {"state_word": PART_WORDS[PartState(row["state"])], "verdict": _why(row["suggest"]), "label": _label(row)}
    return {**told, **words}


async def is_apart(row: Record, actor: Actor, concerns: Mapping[str, Concerns]) -> bool:
    """Tell whether somebody may decide about a thing: it is neither his own, as his bound phone tells, nor his work."""
    if actor.id is None:
        return True
    if row["person_id"] is not None and await db.fetch_value(_HIS_PHONE, actor.id, row["person_id"]):
        return False
    asked = concerns.get(row["origin"])
    return asked is None or not await asked(row["origin_id"], actor.id)


async def _may(row: Record, actor: Actor, concerns: Mapping[str, Concerns]) -> list[str]:
    is_held = row["state"] == SubjectState.HELD
    return ["release", "refuse"] if is_held and await is_apart(row, actor, concerns) else []


async def _one(subject_id: UUID, actor: Actor) -> Record:
    visible = visible_to(actor)
    sql = f"SELECT {_ITEM} FROM moderation_subjects s WHERE s.id = $1 AND {visible.render(2)}"
    row = await db.fetch_one(sql, subject_id, *visible.params)
    if row is None:
        raise SubjectUnknown
    return row


async def look(subject_id: UUID, *, actor: Actor, concerns: Mapping[str, Concerns] = NOBODY) -> dict[str, Any]:
    """Return one thing with its words and links to its pictures, and write down who looked; raises SubjectUnknown."""
    actor.require(PERMISSION)
    async with db.transaction():
        row = await _one(subject_id, actor)
        await audit.record(actor, "moderation.looked", table="moderation_subjects", row_id=subject_id)
        parts = await db.fetch(_PARTS, subject_id)
        stored = {one["id"] for one in await db.fetch(_STORED, [p["file_id"] for p in parts if p["file_id"]])}
    may = await _may(row, actor, concerns)
    return {**_told(row), "may": may, "parts": [_part(one, stored) for one in parts]}


def _part(row: Record, stored: set[UUID]) -> dict[str, Any]:
    link = files.address(row["file_id"]) if row["file_id"] in stored else None
    told = {name: row[name] for name in ("kind", "state", "text", "errcode")}
    return {**told, "verdict": _why(row["suggest"]), "label": _label(row), "link": link}


def _label(row: Record) -> str | None:
    return LABELS.get(row["label"]) if row["label"] is not None else None


def _why(suggest: str | None) -> str | None:
    return None if suggest is None else WHY.get(suggest, "检测结果无法识别")
