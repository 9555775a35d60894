"""The rule language as its readers need it: the forms of a condition, the operators, and every fact with its values."""

from collections.abc import Iterator
from html import escape
from typing import Any, Final

from miniprogram_api.samples import pretty
from miniprogram_api.shapes import table

Json = dict[str, Any]

_FORMS: Final = ("all", "any", "not", "at_least", "condition")


class Language:
    """Draws the component that `rule_language` makes."""

    def __init__(self, component: Json) -> None:
        self._component = component
        self._parts: Json = component["$defs"]

    def drawn(self) -> str:
        sample = escape(pretty(self._component["examples"][0]))
        return (
            f"<p>{escape(self._component['description'])}</p>"
            f"{table('fields', ('写法', '名称', '含义'), list(self._forms()))}"
            f"<h5>一个条件的内容</h5>{table('fields', ('字段', '名称', '是否必填'), list(self._fields()))}"
            f"<h5>比较方式</h5>{table('codes', ('代码', '含义'), list(self._operators()))}"
            f"<h5>信息项</h5>{table('fields', ('信息项', '可用的比较方式', '值'), list(self._facts()))}"
            f'<details><summary>示例</summary><pre tabindex="0">{sample}</pre></details>'
        )

    def _forms(self) -> Iterator[tuple[str, str, str]]:
        for name in _FORMS:
            part = self._parts[name]
            written = "、".join(f"<code>{escape(one)}</code>" for one in part["required"])
            yield written, escape(part["title"]), escape(part["description"])

    def _fields(self) -> Iterator[tuple[str, str, str]]:
        for name, inner in (("condition", ""), ("citation", "citation.")):
            part = self._parts[name]
            for field, schema in part["properties"].items():
                title = self._resolved(schema)["title"]
                need = "必填" if field in part["required"] else "可选"
                yield f"<code>{escape(inner + field)}</code>", escape(title), need

    def _operators(self) -> Iterator[tuple[str, str]]:
        for one in self._parts["condition"]["properties"]["op"]["oneOf"]:
            yield f"<code>{escape(one['const'])}</code>", escape(one["title"])

    def _facts(self) -> Iterator[tuple[str, str, str]]:
        for ref in self._parts["condition"]["anyOf"]:
            fact = self._resolved(ref)
            key = fact["properties"]["fact"]["const"]
            compared = [self._resolved(one)["properties"] for one in fact["anyOf"]]
            operators = " ".join(f"<code>{escape(one['op']['const'])}</code>" for one in compared)
            values = next(self._values(one["value"]) for one in compared if one["value"])
            yield f"<code>{escape(key)}</code> {escape(fact['title'])}", operators, values

    def _values(self, schema: Json) -> str:
        """The choices of a fact that has some, otherwise its type; of a list, of what stands in it."""
        schema = self._resolved(schema)
        if "anyOf" in schema and "title" not in schema:
            return self._values(schema["anyOf"][0])
        if "items" in schema:
            return self._values(schema["items"])
        choices = [(one["const"], one["title"]) for one in schema.get("oneOf", ())]
        if not choices:
            return escape(schema["title"])
        return "、".join(f"<code>{escape(code)}</code> {escape(title)}" for code, title in choices)

    def _resolved(self, schema: Json) -> Json:
        found: Json = self._parts[schema["$ref"].rsplit("/", 1)[-1]] if "$ref" in schema else schema
        return found
