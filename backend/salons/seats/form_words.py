"""Says of a place in a form that breaks its dialect what is wanted there. Pure."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

from jsonschema import ValidationError

_OTHERWISE: Final = "此处不符合报名表的写法"
_PATTERNS: Final = "字段名以小写字母开头，只含小写字母、数字和下划线，最多30个字符"
_WANTED: Final[Mapping[str, str]] = {
    "minLength": "不能为空",
    "maxLength": "最多{}个字",
    "minimum": "不能小于{}",
    "maximum": "不能大于{}",
    "maxProperties": "最多{}个字段",
    "maxItems": "最多{}项",
    "uniqueItems": "各项不能重复",
    "additionalProperties": "有这里不能使用的项",
}
_TYPES: Final = {"string": "文字", "integer": "整数", "number": "数", "object": "对象", "array": "列表"}


def wanted(error: ValidationError, *, most: int) -> str:
    """Return the sentence of one fault; `most` is the longest list of choices."""
    where = list(error.absolute_schema_path)
    if ("properties", "enum") in pairwise(where):
        return f"选项须为2至{most}个互不相同、不为空的文字，每个最多60个字"
    if error.validator is None:  # what no other type may have
        return "只有多选（array）才能写items"
    keyword, value = str(error.validator), error.validator_value
    if keyword == "pattern":
        return _PATTERNS if "propertyNames" in where else "不能含有换行等控制字符"
    return _of(keyword, value, error.instance)


def _of(keyword: str, value: Any, given: Any) -> str:
    if keyword == "required":
        return f"缺少{'、'.join(one for one in value if one not in given)}"
    if keyword in ("enum", "const"):
        return f"只能是{'、'.join(map(_spelled, value if keyword == 'enum' else [value]))}"
    if keyword == "type":
        return f"须为{_TYPES.get(value, value)}"
    return _WANTED.get(keyword, _OTHERWISE).format(value)


def _spelled(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
