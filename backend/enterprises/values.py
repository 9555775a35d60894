"""Turns whatever was told into the one stored spelling of a fact's value, or says in Chinese why it can't be.

Stored in the log as JSON: integers and truth values as such, decimals as text without trailing zeros, days as ISO
text, a tag list as {tag: last valid day or null}. Equal values have equal spellings, so SQL may compare them.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from backend.eligibility import Fact
from backend.enterprises import divisions, industry
from backend.enterprises.catalogue import CATALOGUE, DERIVED
from backend.enterprises.errors import FactInvalid
from backend.foundation import clock
from backend.foundation.errors import FieldError

MAX_NUMBER = 10**12
MAX_TEXT = 200
MAX_TAGS = 50
_PLACES = 4
_FIRST_DAY = date(1900, 1, 1)
_LAST_DAY = date(2199, 12, 31)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_NUMBER = re.compile(r"[+-]?\d{1,13}(\.\d{1,12})?")
_MAY_BE_NEGATIVE = frozenset({"q1_sales_growth_percent", "main_revenue_growth_percent", "taxable_income_wan"})


class ValueRefused(ValueError):
    """Why a value doesn't suit its fact, as a Chinese sentence without its full stop."""


def _decimal_of(raw: Any) -> Decimal:
    problem = ValueRefused("须为数字")
    if isinstance(raw, bool) or not isinstance(raw, int | float | str | Decimal):
        raise problem
    if isinstance(raw, int) and abs(raw) > MAX_NUMBER:
        raise ValueRefused("数字过大")
    text = raw.strip() if isinstance(raw, str) else str(raw)
    if isinstance(raw, str) and not _NUMBER.fullmatch(text, 0):
        raise problem
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise problem from None
    if not number.is_finite() or abs(number) > MAX_NUMBER:
        raise ValueRefused("数字过大")
    return number


def _in_range(fact: Fact, number: Decimal) -> None:
    if number < 0 and fact.key not in _MAY_BE_NEGATIVE:
        raise ValueRefused("不能为负数")


def _integer(fact: Fact, raw: Any) -> int:
    number = _decimal_of(raw)
    if number != number.to_integral_value():
        raise ValueRefused("须为整数")
    _in_range(fact, number)
    return int(number)


def _decimal(fact: Fact, raw: Any) -> str:
    number = _decimal_of(raw)
    if number != round(number, _PLACES):
        raise ValueRefused(f"最多{_PLACES}位小数")
    _in_range(fact, number)
    return format(number.normalize() if number else Decimal(0), "f")


_TRUTHS = MappingProxyType({"是": True, "有": True, "true": True, "否": False, "无": False, "false": False})


def _boolean(_fact: Fact, raw: Any) -> bool:
    known = raw if isinstance(raw, bool) else _TRUTHS.get(raw.strip().lower()) if isinstance(raw, str) else None
    if known is None:
        raise ValueRefused("须为“是”或“否”")
    return known


_DAY_SHAPES = (
    re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T]0?0:00(?::00)?)?"),
    re.compile(r"(\d{4})(\d{2})(\d{2})"),
    re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日"),
)


def day_of(raw: Any) -> date:
    """A day from a date or from text as registries write it: 2026-01-31, 2026/1/31, 20260131, 2026年1月31日."""
    if isinstance(raw, datetime):
        raise ValueRefused("须为日期，不带时间")
    if isinstance(raw, date):
        day: date | None = raw
    else:
        matches = (shape.fullmatch(raw.strip()) for shape in _DAY_SHAPES) if isinstance(raw, str) else iter(())
        day = _day(next((match for match in matches if match), None))
    if day is None or not _FIRST_DAY <= day <= _LAST_DAY:
        raise ValueRefused("须为日期，如 2026-01-31")
    return day


def _day(match: re.Match[str] | None) -> date | None:
    try:
        return date(*(int(part) for part in match.groups())) if match else None
    except ValueError:
        return None


def _date(_fact: Fact, raw: Any) -> str:
    day = day_of(raw)
    if day > clock.today():
        raise ValueRefused("日期不能晚于今天")
    return day.isoformat()


def _text(_fact: Fact, raw: Any) -> str:
    return clean(raw)


def clean(raw: Any, limit: int = MAX_TEXT) -> str:
    """Text without blanks around it; refuses control characters and what is too long."""
    if not isinstance(raw, str) or not raw.strip():
        raise ValueRefused("不能为空")
    text = raw.strip()
    if _CONTROL.search(text):
        raise ValueRefused("含有不能使用的控制字符")
    if len(text) > limit:
        raise ValueRefused(f"过长，最多{limit}个字")
    return text


def _choice(fact: Fact, raw: Any) -> str:
    text = clean(raw)
    if text in fact.choices:
        return text
    return _name_to_code(fact.key).get(text) or _no_choice(fact, text)


def _no_choice(fact: Fact, text: str) -> str:
    raise ValueRefused(f"“{text[:20]}”不在可选范围内：{'、'.join(list(fact.choices.values())[:8])}")


_NAMES: dict[str, Mapping[str, str]] = {
    fact.key: MappingProxyType({name: code for code, name in fact.choices.items()}) for fact in CATALOGUE.values()
}


def _name_to_code(key: str) -> Mapping[str, str]:
    return _NAMES[key]


def _district(_fact: Fact, raw: Any) -> str:
    code = divisions.district(clean(raw))
    if code is None:
        raise ValueRefused("不是湖州市的区县或南太湖新区")
    return code


def _town(_fact: Fact, raw: Any) -> str:
    code = divisions.town(clean(raw))
    if code is None:
        raise ValueRefused("不是湖州市的乡镇街道（同名的请用统计区划代码）")
    return code


def _industry(_fact: Fact, raw: Any) -> str:
    code = industry.canonical(clean(raw))
    if code is None or not industry.is_class(code):
        raise ValueRefused("须为国民经济行业分类（GB/T 4754-2017）的4位小类代码")
    return code


def _tags(fact: Fact, raw: Any) -> dict[str, str | None]:
    items = raw.items() if isinstance(raw, Mapping) else [(tag, None) for tag in _listed(raw)]
    if len(items) > MAX_TAGS:
        raise ValueRefused(f"最多{MAX_TAGS}项")
    return {_choice(fact, tag): None if until is None else day_of(until).isoformat() for tag, until in sorted(items)}


def _listed(raw: Any) -> list[str]:
    if not isinstance(raw, list | tuple | set | frozenset) or not all(isinstance(one, str) for one in raw):
        raise ValueRefused("须为列表")
    return list(raw)


_BY_TYPE: Mapping[str, Callable[[Fact, Any], Any]] = MappingProxyType(
    {
        "integer": _integer,
        "decimal": _decimal,
        "boolean": _boolean,
        "date": _date,
        "enum": _choice,
        "text": _text,
        "code": _text,
        "tags": _tags,
    }
)
_BY_KEY: Mapping[str, Callable[[Fact, Any], Any]] = MappingProxyType(
    {"district": _district, "town": _town, "industry": _industry}
)


def reader(fact: Fact) -> Callable[[Fact, Any], Any]:
    """The function that reads this fact's values; raises ValueRefused."""
    return _BY_KEY.get(fact.key) or _BY_TYPE[fact.type]


def stored(key: str, raw: Any) -> Any:
    """The stored spelling of one value; ValueRefused for a bad one, a derived or an unknown fact."""
    fact = CATALOGUE.get(key)
    if fact is None or key in DERIVED:
        raise ValueRefused("事实目录中没有此项，或此项由系统计算")
    return reader(fact)(fact, raw)


def all_stored(values: Mapping[str, Any]) -> dict[str, Any]:
    """The stored spelling of several values; FactInvalid names every wrong one."""
    found, problems = {}, []
    for key, raw in values.items():
        try:
            found[key] = stored(key, raw)
        except ValueRefused as problem:
            title = CATALOGUE[key].title if key in CATALOGUE else "信息"
            problems.append(FieldError(str(key)[:60], "bad_value", f"{title}：{problem}。"))
    if problems or not found:
        raise FactInvalid(problems[0].sentence if problems else "没有要记录的信息。", tuple(problems))
    return found
