"""Reads a body or a query into its model; whatever is wrong is told by path in Chinese and never echoed."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from backend.foundation.errors import FieldError, Invalid

M = TypeVar("M", bound=BaseModel)

INT8: Final = range(-(2**63), 2**63)
_MOST_TOLD: Final = 20
_LONGEST_PATH: Final = 120
# What PostgreSQL could not hold: NUL in a text, a number beyond int8, one that is none. Cheap to look for, dear to walk
# for.
_SUSPECT: Final = re.compile(rb"\\u0000|[0-9]{19}|NaN|Infinity|[0-9][eE]\+?[0-9]{2}")

_SENTENCES: Final[dict[str, str]] = {
    "missing": "请填写此项",
    "extra_forbidden": "不认识的字段",
    "string_too_short": "至少 {min_length} 个字",
    "string_too_long": "最多 {max_length} 个字",
    "string_pattern_mismatch": "格式不正确",
    "string_type": "应为文字",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "decimal_type": "应为数字",
    "decimal_parsing": "应为数字",
    "finite_number": "应为数字",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "list_type": "应为列表",
    "dict_type": "应为对象",
    "model_type": "应为对象",
    "uuid_type": "编号格式不正确",
    "uuid_parsing": "编号格式不正确",
    "date_type": "日期应为 年-月-日，如 2026-11-22",
    "date_parsing": "日期应为 年-月-日，如 2026-11-22",
    "date_from_datetime_parsing": "日期应为 年-月-日，如 2026-11-22",
    "datetime_type": "时间格式不正确，应如 2026-11-22T09:00:00+08:00",
    "datetime_parsing": "时间格式不正确，应如 2026-11-22T09:00:00+08:00",
    "datetime_from_date_parsing": "时间格式不正确，应如 2026-11-22T09:00:00+08:00",
    "timezone_aware": "时间须带时区，如 +08:00",
    "enum": "不在可选范围内",
    "literal_error": "不在可选范围内",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "不能大于 {le}",
    "too_short": "至少 {min_length} 项",
    "too_long": "最多 {max_length} 项",
    "nul": "含有不允许的字符",
    "out_of_range": "数字超出范围",
}
_OTHERWISE: Final = "格式不正确"
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")


class Malformed(Invalid):
    """The body is no JSON at all, or not UTF-8."""

    code = "malformed"
    title = "请求格式有误"
    sentence = "提交的内容不完整，或含有无法读取的字符（如残缺的表情符号），请检查后再试；若仍不行，请更新到最新版本。"


def read_body(model: type[M], raw: bytes) -> M:
    """Return the body as its model; raises Malformed or Invalid with the fields."""
    if _SUSPECT.search(raw):
        _refuse_suspects(raw)
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        if error.errors(include_url=False, include_input=False, include_context=False)[0]["type"] == "json_invalid":
            raise Malformed from None
        raise Invalid(fields=tuple(_told(error))) from None


def read_query(model: type[M], values: Mapping[str, list[str]]) -> M:
    """Return the query string as its model; a name given more than once is a list."""
    plain = {name: found if len(found) > 1 or _is_list(model, name) else found[0] for name, found in values.items()}
    refused = [
        FieldError(_path((name,)), "nul", _SENTENCES["nul"]) for name in plain if "\x00" in name + "".join(values[name])
    ]
    if refused:
        raise Invalid(fields=tuple(refused[:_MOST_TOLD]))
    try:
        read = model.model_validate(plain)
    except ValidationError as error:
        raise Invalid(fields=tuple(_told(error))) from None
    _refuse((name, value) for name, value in read.__dict__.items() if _is_too_big(value))
    return read


def _is_list(model: type[BaseModel], name: str) -> bool:
    field = model.model_fields.get(name)
    return field is not None and any(kind in str(field.annotation) for kind in ("list", "tuple", "set"))


def _refuse_suspects(raw: bytes) -> None:
    try:
        parsed = from_json(raw)  # the parser of the models, with its limit of depth
    except ValueError:
        raise Malformed from None
    refused = [FieldError(_path(path), code, _SENTENCES[code]) for path, code in _suspects(parsed, ())]
    if refused:
        raise Invalid(fields=tuple(refused[:_MOST_TOLD]))


def _suspects(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if "\x00" in name:
                yield path, "nul"
            yield from _suspects(inner, (*path, name.replace("\x00", "")))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _suspects(inner, (*path, place))
    elif isinstance(value, str) and "\x00" in value:
        yield path, "nul"
    elif isinstance(value, float) and not math.isfinite(value):
        yield path, "finite_number"
    elif _is_too_big(value):
        yield path, "out_of_range"


def _is_too_big(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not INT8.start <= value < INT8.stop


def _refuse(too_big: Iterator[tuple[str, Any]]) -> None:
    fields = tuple(FieldError(_path((name,)), "out_of_range", _SENTENCES["out_of_range"]) for name, _ in too_big)
    if fields:
        raise Invalid(fields=fields)


def _told(error: ValidationError) -> Iterator[FieldError]:
    for found in error.errors(include_url=False, include_input=False)[:_MOST_TOLD]:
        kind = found["type"]
        yield FieldError(_path(found["loc"]), kind, _sentence(kind, found["msg"], found.get("ctx", {})))


def _sentence(kind: str, message: str, context: Mapping[str, Any]) -> str:
    """Return our sentence for a kind; a validator of ours speaks Chinese itself.

    A text measured behind a validator of ours is to pydantic a value of any kind, whose length it counts in items.
    """
    if context.get("field_type") == "Value":
        kind = f"string_{kind}"
    if kind in _SENTENCES:
        return _SENTENCES[kind].format(**context)
    own = message.removeprefix("Value error, ")
    return own if _CHINESE.search(own) else _OTHERWISE


def _path(places: tuple[str | int, ...]) -> str:
    return ".".join(str(place) for place in places).replace("\x00", "")[:_LONGEST_PATH]
