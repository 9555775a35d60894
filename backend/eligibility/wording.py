"""How a clause, a value and a gap read to a shop owner."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from backend.eligibility.catalogue import Fact
from backend.eligibility.operands import AS_OF, spelled

_OPPOSITE = MappingProxyType(
    {
        "eq": "ne",
        "in": "not_in",
        "lt": "ge",
        "gt": "le",
        "exists": "absent",
        "has_tag": "lacks_tag",
        "before": "on_or_after",
        "after": "on_or_before",
        **{op: f"not_{op}" for op in ("prefix", "between", "within")},
    }
)
OPPOSITE: Mapping[str, str] = MappingProxyType(
    {
        **_OPPOSITE,
        **{denied: op for op, denied in _OPPOSITE.items()},
    }
)
"""The wording of a denied operator; prefix, between and within have no operator of their own for it."""

_TEMPLATES: Mapping[str, str] = MappingProxyType(
    {
        "eq": "{title}为{value}",
        "ne": "{title}不为{value}",
        "in": "{title}为以下之一：{value}",
        "not_in": "{title}不为以下任何一种：{value}",
        "prefix": "{title}为{value}",
        "not_prefix": "{title}不为{value}",
        "prefix_code": "{title}以{value}开头",
        "not_prefix_code": "{title}不以{value}开头",
        "lt": "{title}少于{value}",
        "le": "{title}不超过{value}",
        "gt": "{title}超过{value}",
        "ge": "{title}不少于{value}",
        "between": "{title}在{low}至{high}之间（含两端）",
        "not_between": "{title}低于{low}或高于{high}",
        "not_between_days": "{title}早于{low}或晚于{high}",
        "before": "{title}早于{value}",
        "on_or_before": "{title}不晚于{value}",
        "after": "{title}晚于{value}",
        "on_or_after": "{title}不早于{value}",
        "within": "{title}在最近{value}内",
        "not_within": "{title}不在最近{value}内",
        "exists": "已登记{title}",
        "absent": "没有登记{title}",
        "has_tag": "{title}包括{value}",
        "lacks_tag": "{title}不包括{value}",
    }
)
# Where several values are named it must be plain that one of them is enough, or that none may be.
_OF_SEVERAL: Mapping[str, str] = MappingProxyType(
    {
        "prefix": "{title}为以下之一：{value}",
        "not_prefix": "{title}不为以下任何一种：{value}",
        "has_tag": "{title}至少包括以下一项：{value}",
        "lacks_tag": "{title}不包括以下任何一项：{value}",
    }
)
_MOST_NAMED: Final = 12
GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "all": "以下条件须全部满足",
        "any": "以下条件满足任意一项即可",
        "at_least": "以下条件至少满足{count}项",
    }
)
_DURATION_UNITS = MappingProxyType({"years": "年", "months": "个月", "days": "天"})


def condition(fact: Fact, op: str, value: Any, *, flipped: bool) -> str:
    """A clause spelled out, or with `flipped` its denial; `value` is in its JSON spelling, None where there is none."""
    said = OPPOSITE[op] if flipped else op
    if fact.type == "boolean" and value is not None:
        return f"{fact.title}：{own_value(fact, value is (said == 'eq'))}"
    names = {"title": _title(fact)}
    if said in {"between", "not_between"}:
        names |= {"low": operand(fact, value[0]), "high": operand(fact, value[1])}
    elif value is not None:
        names["value"] = operand(fact, value)
    return _template(fact, said, value).format_map(names)


def _template(fact: Fact, said: str, value: Any) -> str:
    if said.endswith("prefix") and not fact.names:
        return _TEMPLATES[f"{said}_code"]
    if said == "not_between" and fact.type == "date":
        return _TEMPLATES["not_between_days"]
    has_several = isinstance(value, list) and len(value) > 1
    return _OF_SEVERAL.get(said, _TEMPLATES[said]) if has_several else _TEMPLATES[said]


def _title(fact: Fact) -> str:
    """Where codes are read by name, the title need not say whose codes they are."""
    return fact.title.partition("（")[0] if fact.names else fact.title


def operand(fact: Fact, value: Any) -> str:
    """The value of a clause, given in its JSON spelling."""
    if isinstance(value, dict):
        return "".join(f"{count}{_DURATION_UNITS[unit]}" for unit, count in value.items())
    if isinstance(value, list):
        return _listed(fact, value)
    return "判定当日" if value == AS_OF and fact.type == "date" else own_value(fact, value)


def own_value(fact: Fact, value: Any) -> str:
    """A value of an enterprise: names for codes, units after numbers."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | Decimal):
        return f"{spelled(value)}{fact.unit}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return _named(fact, value) + (fact.unit if fact.type == "decimal" else "")
    return _listed(fact, value) or "无"


def _named(fact: Fact, code: str) -> str:
    return fact.choices.get(code) or fact.names.get(code, code)


def _listed(fact: Fact, values: Iterable[Any]) -> str:
    """In the order in which the catalogue has the choices; what nobody would read to its end is counted."""
    order = {code: at for at, code in enumerate(fact.choices)}
    said = [own_value(fact, one) for one in sorted(values, key=lambda one: order.get(one, len(order)))]
    if len(said) <= _MOST_NAMED:
        return "、".join(said)
    return f"{'、'.join(said[: _MOST_NAMED - 1])}等{len(said)}项"


def gap(fact: Fact, amount: int | Decimal, *, too_low: bool) -> str:
    """How far a number is from its bound; nothing at all when the bound itself doesn't count."""
    if not amount:
        return "刚好在界线上"
    unit = "个百分点" if fact.unit == "%" else fact.unit
    return f"{'还差' if too_low else '超出'} {spelled(amount)} {unit}".rstrip()


def from_day(day: date) -> str:
    return f"{day.isoformat()} 起满足"


def missing(fact: Fact) -> str:
    return f"还没有“{fact.title}”的信息"


def stale(fact: Fact, on: date) -> str:
    return f"“{fact.title}”是{on.isoformat()}的信息，已过有效期，需要更新"


def other_source(fact: Fact, told_by: str, wanted: Iterable[str]) -> str:
    return f"“{fact.title}”目前来自{told_by}，这一条须以{'或'.join(wanted)}的信息为准"
