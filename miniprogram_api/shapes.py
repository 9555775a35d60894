"""Schemas as tables of fields in Chinese: name, type, need, meaning."""

import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any, Final

from miniprogram_api import words

Json = dict[str, Any]

_TYPES: Final = {
    "string": "文字",
    "integer": "整数",
    "number": "数",
    "boolean": "真假值",
    "object": "对象",
    "null": "空",
    "uuid": "UUID",
    "date": "日期",
    "date-time": "时间",
    "binary": "文件内容",
}
_LIMITS: Final[Mapping[str, Callable[[Any], str]]] = {
    "minLength": lambda least: f"至少 {least} 字" if least > 1 else "不为空",
    "maxLength": lambda most: f"至多 {most} 字",
    "minimum": lambda least: f"不小于 {least}",
    "maximum": lambda most: f"不大于 {most}",
    "minItems": lambda least: f"至少 {least} 项",
    "maxItems": lambda most: f"至多 {most} 项",
    "default": lambda value: f"默认 {value}" if value not in (None, "", [], False) else "",
}
_CODE: Final = re.compile(r"`([^`]+)`")


def told(text: str) -> str:
    """Return a text as HTML; what stands between backticks is code."""
    return _CODE.sub(r"<code>\1</code>", escape(text))


def named(schema: Json, ref: str) -> str:
    """Return what a named schema is called on the page."""
    return str(schema.get("title", ref))


class Shapes:
    """Draws schemas; `components` are the named ones, to which it links."""

    def __init__(self, components: Mapping[str, Json]) -> None:
        self._components = components

    def of(self, schema: Json) -> str:
        """Return a type in a few words."""
        if "$ref" in schema:
            ref = schema["$ref"].rsplit("/", 1)[-1]
            return f'<a href="#schema-{escape(ref)}">{escape(named(self._components[ref], ref))}</a>'
        if "anyOf" in schema:
            return self._of_any(schema["anyOf"])
        if "enum" in schema:
            return "、".join(f"<code>{escape(str(one))}</code>" for one in schema["enum"])
        if "const" in schema:
            return f"<code>{escape(str(schema['const']))}</code>"
        if schema.get("type") == "array":
            return f"{self.of(schema.get('items', {}))} 列表"
        return _TYPES.get(schema.get("format", ""), _TYPES.get(schema.get("type", ""), "任意值"))

    def _of_any(self, choices: list[Json]) -> str:
        kinds = dict.fromkeys(self.of(one) for one in choices if one.get("type") != "null")
        return " 或 ".join(kinds) + ("，可为空" if {"type": "null"} in choices else "")

    def fields(self, schema: Json, needed_word: str = "必有") -> str:
        """Return the fields of an object, or its type when it is none; a word tells those that are never left out."""
        if "$ref" in schema:
            ref = schema["$ref"].rsplit("/", 1)[-1]
            return self.fields(self._components[ref], needed_word)
        if not schema.get("properties"):
            return f"<p>{self.of(schema)}</p>"
        model, needed = str(schema.get("title", "")), schema.get("required", [])
        rows = [
            self.row(name, one, needed_word if name in needed else "可选", words.told(model, name, one))
            for name, one in schema["properties"].items()
        ]
        return table("fields", ("字段", "类型", "说明"), rows)

    def row(self, name: str, schema: Json, need: str, meaning: str) -> tuple[str, str, str]:
        """Return a line of a table of fields."""
        limits = "，".join(filter(None, _limits(schema)))
        kind = f'{self.of(schema)} <span class="need">{need}</span>'
        quiet = f' <span class="quiet">（{escape(limits)}）</span>' if limits else ""
        return f"<code>{escape(name)}</code>", kind, told(meaning) + quiet


def _limits(schema: Json) -> list[str]:
    plain = [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
    bounds = {name: value for one in plain[:1] for name, value in one.items()} | {"default": schema.get("default")}
    if isinstance(bounds["default"], dict | list):
        bounds["default"] = None
    return [say(bounds[name]) for name, say in _LIMITS.items() if bounds.get(name) is not None]


def table(kind: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table, `fields` or `codes`, of cells that are HTML already; when narrow each row becomes a block."""
    head = "".join(f'<th scope="col">{one}</th>' for one in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
