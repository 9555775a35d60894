"""What a macro can do: each act as data, checked when it is saved, and run through the same commands as by hand."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Final, Protocol
from uuid import UUID

from backend.access import Actor
from backend.cases import changing, handling, writing
from backend.cases.assignment import helping
from backend.cases.deadlines.readings import PAUSE_WORDS, PAUSES, PauseReason
from backend.cases.errors import CategoryUnknown, MacroValueMissing, MacroWrong
from backend.cases.handling import Wanted
from backend.cases.intake import opening
from backend.eligibility import promises
from backend.foundation import clock, db
from backend.foundation.errors import FieldError
from backend.worktime import day_of

MOST: Final = 10
LONGEST: Final = 2000
_MARK: Final = re.compile(r"\{([^{}]{0,20})\}")
_VALUES: Final = """
SELECT c.number AS "编号", c.title AS "标题", (SELECT e.name FROM enterprises e WHERE e.id = c.enterprise_id) AS "企业",
    (SELECT s.name FROM staff s WHERE s.id = c.handler_id) AS "经办人",
    (SELECT u.name FROM units u WHERE u.id = c.unit_id) AS "承办单位", c.solution_due_at
FROM cases c WHERE c.id = $1
"""
PLACEHOLDERS: Final = ("编号", "标题", "企业", "经办人", "承办单位", "办理期限", "今天")
"""What a text may leave open, as {编号}: filled in from the case when the macro is used."""


class Act(Protocol):
    """One act: `run` does it to a case that its caller has locked, and returns in words what it did."""

    name: ClassVar[str]
    word: ClassVar[str]
    is_told: ClassVar[bool]

    async def run(self, case_id: UUID, actor: Actor) -> str: ...


@dataclass(frozen=True, slots=True)
class Reply:
    name: ClassVar = "reply"
    word: ClassVar = "回复经营者"
    is_told: ClassVar = True
    text: str

    async def run(self, case_id: UUID, actor: Actor) -> str:
        words = await fill(self.text, case_id)
        await handling.reply(case_id, words, actor=actor, template=self.text)
        return words


@dataclass(frozen=True, slots=True)
class Note:
    name: ClassVar = "note"
    word: ClassVar = "内部备注"
    is_told: ClassVar = False
    text: str

    async def run(self, case_id: UUID, actor: Actor) -> str:
        words = await fill(self.text, case_id)
        await handling.note(case_id, words, actor=actor)
        return words


@dataclass(frozen=True, slots=True)
class Ask:
    name: ClassVar = "ask"
    word: ClassVar = "一次性告知所缺材料"
    is_told: ClassVar = True
    items: tuple[Mapping[str, str], ...]
    reason: str = ""

    async def run(self, case_id: UUID, actor: Actor) -> str:
        wanted = [Wanted(one["words"], one.get("why", ""), one.get("citation", "")) for one in self.items]
        await handling.ask(case_id, wanted, actor=actor, reason=self.reason)
        return "、".join(one.words for one in wanted)


@dataclass(frozen=True, slots=True)
class Category:
    name: ClassVar = "category"
    word: ClassVar = "调整类别"
    is_told: ClassVar = True
    category: str

    async def run(self, case_id: UUID, actor: Actor) -> str:
        case = await changing.change_category(case_id, self.category, actor=actor)
        title: str = await db.fetch_value("SELECT title FROM case_categories WHERE key = $1", case.category)
        return title


@dataclass(frozen=True, slots=True)
class Urgency:
    name: ClassVar = "urgency"
    word: ClassVar = "调整紧急程度"
    is_told: ClassVar = False
    urgency: str

    async def run(self, case_id: UUID, actor: Actor) -> str:
        case = await changing.change_urgency(case_id, self.urgency, actor=actor)
        return changing.URGENCY_WORDS[opening.Urgency(case.urgency)]


@dataclass(frozen=True, slots=True)
class Promise:
    """Promises the N-th working day from today."""

    name: ClassVar = "promise"
    word: ClassVar = "承诺办理日期"
    is_told: ClassVar = True
    days: int

    async def run(self, case_id: UUID, actor: Actor) -> str:
        on = day_of((await writing.calendar()).add_days(clock.now(), self.days).at)
        await handling.promise(case_id, on, actor=actor)
        return f"{on:%Y年%m月%d日}"


@dataclass(frozen=True, slots=True)
class Pause:
    name: ClassVar = "pause"
    word: ClassVar = "暂停计时"
    is_told: ClassVar = True
    reason: str
    text: str

    async def run(self, case_id: UUID, actor: Actor) -> str:
        words = await fill(self.text, case_id)
        await handling.pause(case_id, self.reason, words, actor=actor, template=self.text)
        return f"{PAUSE_WORDS[PauseReason(self.reason)]}：{words}"


@dataclass(frozen=True, slots=True)
class Resume:
    name: ClassVar = "resume"
    word: ClassVar = "恢复计时"
    is_told: ClassVar = False

    async def run(self, case_id: UUID, actor: Actor) -> str:
        await handling.resume(case_id, actor=actor)
        return "计时继续"


@dataclass(frozen=True, slots=True)
class Helper:
    name: ClassVar = "helper"
    word: ClassVar = "增加协办人"
    is_told: ClassVar = False
    staff_id: str

    async def run(self, case_id: UUID, actor: Actor) -> str:
        await helping.add(case_id, UUID(self.staff_id), actor=actor)
        name: str = await db.fetch_value("SELECT name FROM staff WHERE id = $1", UUID(self.staff_id))
        return name


_KINDS: Final[Mapping[str, type[Any]]] = {
    kind.name: kind for kind in (Reply, Note, Ask, Category, Urgency, Promise, Pause, Resume, Helper)
}
WORDS: Final[Mapping[str, str]] = {name: kind.word for name, kind in _KINDS.items()}


def read(told: Sequence[Mapping[str, Any]]) -> list[Act]:
    """Return acts from how they are kept; raises MacroWrong naming the place of one that isn't known."""
    return [_read(place, one) for place, one in enumerate(told)]


def keep(acts: Sequence[Act]) -> list[dict[str, Any]]:
    """Return acts as they are kept."""
    return [{"act": act.name, **asdict(act)} for act in acts]  # type: ignore[call-overload]


async def check(acts: Sequence[Act]) -> None:
    """Raise MacroWrong for what could never be done: it names the place of each fault."""
    wrong = [fault for place, act in enumerate(acts) for fault in _faults(f"acts.{place}", act)]
    for place, act in enumerate(acts):
        if isinstance(act, Category):
            try:
                await opening.terms_of(act.category)
            except CategoryUnknown as error:
                wrong.append(FieldError(f"acts.{place}.category", "unknown", error.sentence))
    if not acts or len(acts) > MOST:
        wrong.append(FieldError("acts", "out_of_range", f"请设置1至{MOST}个步骤。"))
    if wrong:
        raise MacroWrong(fields=tuple(wrong))


def _read(place: int, told: Mapping[str, Any]) -> Act:
    kind = _KINDS.get(str(told.get("act")))
    if kind is None:
        raise MacroWrong(fields=(FieldError(f"acts.{place}.act", "unknown", "没有这种步骤。"),))
    given = {name: tuple(value) if isinstance(value, list) else value for name, value in told.items() if name != "act"}
    try:
        act: Act = kind(**given)
    except TypeError:
        raise MacroWrong(fields=(FieldError(f"acts.{place}", "invalid", "该步骤填写不完整。"),)) from None
    return act


def _faults(path: str, act: Act) -> list[FieldError]:
    faults = []
    if isinstance(act, Reply | Note | Pause):
        unknown = sorted(set(_MARK.findall(act.text)) - set(PLACEHOLDERS))
        if unknown:
            known = "、".join(f"{{{one}}}" for one in PLACEHOLDERS)
            faults.append(FieldError(f"{path}.text", "placeholder", f"没有“{unknown[0]}”这一项，可用：{known}。"))
        if not 1 <= len(act.text) <= LONGEST:
            faults.append(FieldError(f"{path}.text", "length", f"请填写1至{LONGEST}字。"))
    if isinstance(act, Reply | Pause):
        faults += [FieldError(one.path, one.code, one.sentence) for one in promises.in_text(f"{path}.text", act.text)]
    if isinstance(act, Pause) and act.reason not in PAUSES:
        faults.append(FieldError(f"{path}.reason", "unknown", "请从列明的暂停理由中选择。"))
    if isinstance(act, Urgency) and act.urgency not in set(opening.Urgency):
        faults.append(FieldError(f"{path}.urgency", "unknown", "请从列明的紧急程度中选择。"))
    if isinstance(act, Promise) and not 1 <= act.days <= 180:  # noqa: PLR2004  the longest term that there can be
        faults.append(FieldError(f"{path}.days", "out_of_range", "须在1至180个工作日之间。"))
    if isinstance(act, Helper) and not _is_id(act.staff_id):
        faults.append(FieldError(f"{path}.staff_id", "invalid", "请选择协办人。"))
    if isinstance(act, Ask) and not act.items:
        faults.append(FieldError(f"{path}.items", "required", "请至少填写一项材料。"))
    return faults


def _is_id(told: str) -> bool:
    try:
        return bool(UUID(told))
    except ValueError:
        return False


async def fill(text: str, case_id: UUID) -> str:
    """Fill in what a text leaves open; raises MacroValueMissing for what this case doesn't have."""
    marks = set(_MARK.findall(text))
    if not marks:
        return text
    row = await db.fetch_one(_VALUES, case_id)
    values: dict[str, str | None] = {name: row[name] if row else None for name in PLACEHOLDERS[:5]}
    due = row["solution_due_at"] if row else None
    values["办理期限"] = f"{day_of(due):%Y年%m月%d日}" if due else None
    values["今天"] = f"{clock.today():%Y年%m月%d日}"
    missing = [mark for mark in marks if not values.get(mark)]
    if missing:
        raise MacroValueMissing(f"该事项没有“{min(missing)}”，无法填入模板。")
    filled = _MARK.sub(lambda found: str(values[found[1]]), text)
    if len(filled) > LONGEST:
        raise MacroValueMissing(f"填入后超过{LONGEST}字，请缩短模板。")
    return filled
