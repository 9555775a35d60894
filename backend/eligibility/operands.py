"""What each operator accepts, and how its JSON value becomes a condition on a fact of a given type.

JSON is taken at its word: no number from text that is not meant as one, no truth value as a number, no control
characters, nothing that PostgreSQL could not hold.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, TypeAlias

from backend.eligibility.catalogue import Fact
from backend.eligibility.conditions import Bound, Condition, OneOf, Present, Span, StartsWith, Tagged
from backend.eligibility.durations import FIRST_DAY, LAST_DAY, Duration

AS_OF = "as_of"
"""As the value of a date comparison: the day of the evaluation."""

MAX_INTEGER = 10**15
MAX_LISTED = 500
MAX_TEXT = 200
MAX_DURATION: Mapping[str, int] = MappingProxyType({"years": 100, "months": 1_200, "days": 36_500})
_MAX_PLACES = 6
_DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CODE = re.compile(r"[0-9A-Za-z]{1,32}")
_CLEAN = re.compile(r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]+")
_PAIR = 2


class OperandInvalid(ValueError):
    """Why a value does not suit its operator, as a Chinese sentence; the parser adds the path."""


Operand: TypeAlias = tuple[Condition, Any]
"""The condition and the value in the one spelling that goes into hash and wording (None: no value)."""

Reader: TypeAlias = Callable[[Fact, str, Any], Operand]


@dataclass(frozen=True, slots=True)
class Operator:
    """`types` are the fact types it compares; `negated` ones are the denial of their condition."""

    types: frozenset[str]
    read: Reader
    negated: bool = False
    takes_value: bool = True
    needs_register: bool = False


def clean_text(raw: Any, limit: int = MAX_TEXT) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise OperandInvalid("须为非空文字")
    if len(raw) > limit:
        raise OperandInvalid(f"文字过长，最多{limit}个字")
    if not _CLEAN.fullmatch(raw):
        raise OperandInvalid("文字含有不能使用的控制字符")
    return raw.strip()


def _integer(_fact: Fact, raw: Any) -> int:
    if type(raw) is not int or abs(raw) > MAX_INTEGER:
        raise OperandInvalid("须为整数（绝对值不超过1000万亿）")
    return raw


def _decimal(_fact: Fact, raw: Any) -> Decimal:
    problem = OperandInvalid("须为数字（最多15位整数、6位小数）")
    if isinstance(raw, str) and not _DECIMAL.fullmatch(raw):
        raise problem
    if type(raw) not in {int, float, str, Decimal} or (type(raw) is int and abs(raw) > MAX_INTEGER):
        raise problem
    try:
        number = Decimal(repr(raw) if isinstance(raw, float) else raw)
        fits = number.is_finite() and abs(number) <= MAX_INTEGER and number == round(number, _MAX_PLACES)
    except InvalidOperation:
        fits = False
    if not fits:
        raise problem
    return number


def _boolean(_fact: Fact, raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise OperandInvalid("须为 true 或 false")
    return raw


def _date(_fact: Fact, raw: Any) -> date:
    problem = OperandInvalid("须为1900年至2199年之间的日期，如 2026-01-31")
    if not isinstance(raw, str) or not _DAY.fullmatch(raw):
        raise problem
    try:
        day = date.fromisoformat(raw)
    except ValueError:
        raise problem from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise problem
    return day


def _code(_fact: Fact, raw: Any) -> str:
    if not isinstance(raw, str) or not _CODE.fullmatch(raw):
        raise OperandInvalid("代码须为1至32位字母或数字")
    return raw


def _choice(fact: Fact, raw: Any) -> str:
    text = clean_text(raw)
    if fact.choices and text not in fact.choices:
        raise OperandInvalid(f"“{text[:40]}”不是“{fact.title}”的可选值")
    return text


_SCALARS: Mapping[str, Callable[[Fact, Any], Any]] = MappingProxyType(
    {
        "integer": _integer,
        "decimal": _decimal,
        "boolean": _boolean,
        "date": _date,
        "code": _code,
        "enum": _choice,
        "text": _choice,
        "tags": _choice,
    }
)


def spelled(value: Any) -> Any:
    """A scalar in its one JSON spelling: decimals without trailing zeros, days as ISO."""
    if isinstance(value, Decimal):
        return format(value.normalize() if value else Decimal(0), "f")
    return value.isoformat() if isinstance(value, date) else value


def _listed(raw: Any, read: Callable[[Any], Any]) -> list[Any]:
    if not isinstance(raw, list) or not 1 <= len(raw) <= MAX_LISTED:
        raise OperandInvalid(f"须为1至{MAX_LISTED}项的列表")
    return sorted({read(one) for one in raw})


def _equality(fact: Fact, _op: str, raw: Any) -> Operand:
    value = _SCALARS[fact.type](fact, raw)
    return OneOf(frozenset({value})), spelled(value)


def _membership(fact: Fact, _op: str, raw: Any) -> Operand:
    values = _listed(raw, lambda one: _SCALARS[fact.type](fact, one))
    return OneOf(frozenset(values)), [spelled(value) for value in values]


def _prefix(fact: Fact, _op: str, raw: Any) -> Operand:
    prefixes = _listed([raw] if isinstance(raw, str) else raw, lambda one: _code(fact, one))
    return StartsWith(tuple(prefixes)), prefixes


def _tag(fact: Fact, _op: str, raw: Any) -> Operand:
    tags = _listed([raw] if isinstance(raw, str) else raw, lambda one: _choice(fact, one))
    return Tagged(frozenset(tags)), tags


def _presence(fact: Fact, _op: str, _raw: Any) -> Operand:
    return (Tagged(frozenset()) if fact.type == "tags" else Present()), None


def _comparison(fact: Fact, op: str, raw: Any) -> Operand:
    bound: Bound = Duration() if fact.type == "date" and raw == AS_OF else _SCALARS[fact.type](fact, raw)
    spans = {
        "lt": Span(high=bound, high_open=True),
        "le": Span(high=bound),
        "gt": Span(low=bound, low_open=True),
        "ge": Span(low=bound),
    }
    return spans[_SAME_AS.get(op, op)], AS_OF if isinstance(bound, Duration) else spelled(bound)


def _between(fact: Fact, _op: str, raw: Any) -> Operand:
    if not isinstance(raw, list) or len(raw) != _PAIR:
        raise OperandInvalid("须为两项的列表：[下限, 上限]")
    low, high = (_SCALARS[fact.type](fact, one) for one in raw)
    if low > high:
        raise OperandInvalid("下限不能大于上限")
    return Span(low, high), [spelled(low), spelled(high)]


def _within(_fact: Fact, _op: str, raw: Any) -> Operand:
    problem = OperandInvalid('须为时长，如 {"years": 5}、{"months": 6} 或 {"days": 30}，不超过100年')
    if not isinstance(raw, dict) or not raw or not set(raw) <= set(MAX_DURATION):
        raise problem
    if any(type(count) is not int or not 0 < count <= MAX_DURATION[unit] for unit, count in raw.items()):
        raise problem
    months = 12 * raw.get("years", 0) + raw.get("months", 0)
    if months > MAX_DURATION["months"]:
        raise problem
    return Span(Duration(months, raw.get("days", 0)), Duration()), {
        unit: raw[unit] for unit in MAX_DURATION if unit in raw
    }


_SAME_AS = MappingProxyType({"before": "lt", "on_or_before": "le", "after": "gt", "on_or_after": "ge"})
_NUMBERS = frozenset({"integer", "decimal"})
_DATES = frozenset({"date"})
_TAGS = frozenset({"tags"})
_COMPARABLE = frozenset(_SCALARS) - _TAGS
_EVERY = frozenset(_SCALARS)

OPERATORS: Mapping[str, Operator] = MappingProxyType(
    {
        "eq": Operator(_COMPARABLE, _equality),
        "ne": Operator(_COMPARABLE, _equality, negated=True),
        "in": Operator(_COMPARABLE - {"boolean"}, _membership),
        "not_in": Operator(_COMPARABLE - {"boolean"}, _membership, negated=True),
        "prefix": Operator(frozenset({"code"}), _prefix),
        **{op: Operator(_NUMBERS, _comparison) for op in ("lt", "le", "gt", "ge")},
        **{op: Operator(_DATES, _comparison) for op in _SAME_AS},
        "between": Operator(_NUMBERS | _DATES, _between),
        "within": Operator(_DATES, _within),
        "exists": Operator(_EVERY, _presence, takes_value=False, needs_register=True),
        "absent": Operator(_EVERY, _presence, negated=True, takes_value=False, needs_register=True),
        "has_tag": Operator(_TAGS, _tag, needs_register=True),
        "lacks_tag": Operator(_TAGS, _tag, negated=True, needs_register=True),
    }
)
"""Every operator of the language. `needs_register`: only on facts whose absence means no."""
