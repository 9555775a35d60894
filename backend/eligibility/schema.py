"""The rule language as JSON Schema 2020-12, for editors and for the API's reference.

Whatever `parse` takes is valid here. Not everything that is valid parses: how deep and how large a rule is, that a
lower bound is no higher than the upper one, that a day exists, only `parse` knows.
"""

from collections.abc import Mapping
from typing import Any, Final

from backend.eligibility.catalogue import Fact, Source
from backend.eligibility.operands import (
    AS_OF,
    MAX_DURATION,
    MAX_INTEGER,
    MAX_LISTED,
    MAX_TEXT,
    OPERATORS,
    Operator,
)
from backend.eligibility.parse import MAX_NODES, MAX_SENTENCE

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_TITLES: Final[Mapping[str, str]] = {
    "eq": "等于",
    "ne": "不等于",
    "in": "为其中之一",
    "not_in": "不为其中任何一个",
    "prefix": "属于（代码开头）",
    "lt": "小于",
    "le": "不大于",
    "gt": "大于",
    "ge": "不小于",
    "before": "早于",
    "on_or_before": "不晚于",
    "after": "晚于",
    "on_or_after": "不早于",
    "between": "介于（含两端）",
    "within": "在最近一段时间内",
    "exists": "有记录",
    "absent": "没有记录",
    "has_tag": "有其中一项",
    "lacks_tag": "一项都没有",
}
_TYPES: Final[Mapping[str, str]] = {
    "integer": "整数",
    "decimal": "数字",
    "boolean": "是否",
    "date": "日期",
    "code": "代码",
    "enum": "选项",
    "text": "文字",
    "tags": "标签",
}
_GROUPS: Final[Mapping[str, tuple[str, str]]] = {
    "all": ("全部满足", "所列条件须全部满足。"),
    "any": ("满足任意一项", "所列条件满足一项即可。"),
}
_SCALARS: Final[Mapping[str, dict[str, Any]]] = {
    "integer": {"type": "integer", "minimum": -MAX_INTEGER, "maximum": MAX_INTEGER},
    "decimal": {
        "description": "数字，或为免失真写成文字，最多6位小数。",
        "anyOf": [
            {"type": "number", "minimum": -MAX_INTEGER, "maximum": MAX_INTEGER},
            {"type": "string", "pattern": r"^-?[0-9]{1,15}(\.[0-9]{1,6})?$"},
        ],
    },
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date", "pattern": "^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}$"},
    "code": {"type": "string", "pattern": "^[0-9A-Za-z]{1,32}$"},
    "text": {"type": "string", "minLength": 1, "maxLength": MAX_TEXT, "pattern": r"\S"},
}


def rule_schema(catalogue: Mapping[str, Fact]) -> dict[str, Any]:
    """The schema of a rule over these facts; its `$defs` have each operator by type, as `le_decimal`."""
    return {
        "$schema": DIALECT,
        "title": "政策适用条件",
        "description": "由条件组合而成的规则；不知道的信息不作推测，既不算符合也不算不符合。",
        "$ref": "#/$defs/node",
        "$defs": {
            "node": {"anyOf": [*(_ref(name) for name in ("all", "any", "not", "at_least")), _ref("condition")]},
            **{name: _group(name, *words) for name, words in _GROUPS.items()},
            "not": _object("不得满足", "所列条件不得满足。", {"not": _ref("node")}),
            "at_least": _at_least(),
            "condition": _condition(catalogue),
            "citation": _citation(),
            **_comparisons(catalogue),
            **{f"value_{kind}": {"title": _TYPES[kind], **schema} for kind, schema in _SCALARS.items()},
            "duration": _duration(),
            **{f"fact_{fact.key}": _fact(fact) for fact in catalogue.values()},
        },
    }


def operators_of(fact: Fact) -> Mapping[str, str]:
    """The operators that a condition on this fact may use, with what each is called."""
    return {op: _TITLES[op] for op, operator in OPERATORS.items() if _suits(operator, fact)}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{name}"}


def _object(title: str, description: str, properties: dict[str, Any], *optional: str) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    told = {"type": "object", "title": title, "description": description, "properties": properties}
    return {**told, "required": required, "additionalProperties": False}


def _nodes() -> dict[str, Any]:
    return {"type": "array", "items": _ref("node"), "minItems": 1, "maxItems": MAX_NODES}


def _group(name: str, title: str, description: str) -> dict[str, Any]:
    return _object(title, description, {name: _nodes()})


def _at_least() -> dict[str, Any]:
    count = {"type": "integer", "minimum": 1, "maximum": MAX_NODES, "title": "项数"}
    counted = _object("项数和条件", "项数不得超过所列条件数。", {"count": count, "of": _nodes()})
    return _object("至少满足几项", "所列条件至少满足几项。", {"at_least": counted})


def _citation() -> dict[str, Any]:
    titles = {"document": "文件名称或文号", "article": "条款", "sentence": "原文"}
    told = {"type": "string", "minLength": 1, "maxLength": MAX_SENTENCE, "pattern": r"\S"}
    properties = {name: {"title": title, **told} for name, title in titles.items()}
    return _object("依据", "每个条件都须注明出自哪个文件、哪一条、哪一句。", properties)


def _duration() -> dict[str, Any]:
    units = {"years": "年", "months": "月", "days": "天"}
    properties = {
        unit: {"type": "integer", "minimum": 1, "maximum": most, "title": units[unit]}
        for unit, most in MAX_DURATION.items()
    }
    return {**_object("时长", "合计不超过100年。", properties, *properties), "minProperties": 1}


def _condition(catalogue: Mapping[str, Fact]) -> dict[str, Any]:
    """A leaf: what belongs to every one, and by its fact the operators and values that suit it."""
    properties = {
        "fact": {"title": "事实", "enum": list(catalogue)},
        "op": {"title": "比较方式", "oneOf": [{"const": op, "title": _TITLES[op]} for op in OPERATORS]},
        "value": {"title": "比较的值"},
        "citation": _ref("citation"),
        "sources": {
            "title": "只认的来源",
            "type": "array",
            "items": {"enum": [source.name.lower() for source in Source]},
            "minItems": 1,
        },
        "say": {"title": "通俗说法", "type": "string", "minLength": 1, "maxLength": MAX_TEXT, "pattern": r"\S"},
    }
    told = _object("条件", "一个事实与一个值的比较。", properties, "value", "sources", "say")
    return {**told, "anyOf": [_ref(f"fact_{key}") for key in catalogue]}


def _fact(fact: Fact) -> dict[str, Any]:
    unit = f"（{fact.unit}）" if fact.unit else ""
    sources = {"items": {"enum": [source.name.lower() for source in fact.sources]}}
    return {
        "title": f"{fact.title}{unit}",
        "properties": {"fact": {"const": fact.key, "title": fact.title}, "sources": sources},
        "anyOf": [_ref(_name(op, fact)) for op, operator in OPERATORS.items() if _suits(operator, fact)],
    }


def _suits(operator: Operator, fact: Fact) -> bool:
    return fact.type in operator.types and (fact.absence == "no" or not operator.needs_register)


def _name(op: str, fact: Fact) -> str:
    """Definitions are by type; a fact with choices of its own has its own where its values are compared."""
    return f"{op}_{fact.key}" if fact.choices and OPERATORS[op].takes_value else f"{op}_{fact.type}"


def _comparisons(catalogue: Mapping[str, Fact]) -> dict[str, Any]:
    return {
        _name(op, fact): _comparison(op, operator, fact)
        for fact in catalogue.values()
        for op, operator in OPERATORS.items()
        if _suits(operator, fact)
    }


def _comparison(op: str, operator: Operator, fact: Fact) -> dict[str, Any]:
    whose = fact.title if fact.choices and operator.takes_value else _TYPES[fact.type]
    told: dict[str, Any] = {
        "title": f"{_TITLES[op]}（{whose}）",
        "properties": {"op": {"const": op, "title": _TITLES[op]}},
    }
    if not operator.takes_value:
        told["properties"]["value"] = False
        return told
    told["properties"]["value"] = _operand(op, fact)
    return {**told, "required": ["value"]}


def _operand(op: str, fact: Fact) -> dict[str, Any]:
    scalar = _scalar(fact)
    listed = {"type": "array", "items": scalar, "minItems": 1, "maxItems": MAX_LISTED}
    if op in {"in", "not_in"}:
        return listed
    if op in {"prefix", "has_tag", "lacks_tag"}:
        return {"anyOf": [scalar, listed]}
    if op == "between":
        return {"type": "array", "items": scalar, "minItems": 2, "maxItems": 2, "description": "[下限, 上限]"}
    if op == "within":
        return _ref("duration")
    if fact.type == "date" and op not in {"eq", "ne"}:
        return {"anyOf": [{"const": AS_OF, "title": "判定当日"}, scalar]}
    return scalar


def _scalar(fact: Fact) -> dict[str, Any]:
    if fact.choices:
        return {"oneOf": [{"const": code, "title": name} for code, name in fact.choices.items()]}
    return _ref(f"value_{fact.type if fact.type in _SCALARS else 'text'}")
