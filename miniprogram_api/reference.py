"""`/openapi.json` for programs and `/docs` for readers: the same description, by door and in Chinese."""

from collections.abc import Iterator
from functools import lru_cache
from html import escape
from typing import Any

import orjson
from sanic import Request

from miniprogram_api import pages
from miniprogram_api.endpoint import Auth, Route, endpoint
from miniprogram_api.openapi import DOORS, Json, document
from miniprogram_api.reply import Reply


@lru_cache(maxsize=2)
def _description(routes: tuple[Route, ...]) -> Json:
    """Describe a surface when somebody first asks: it never changes while the process runs."""
    return document(routes)


@endpoint(auth=Auth.PUBLIC, summary="接口说明（OpenAPI 3.1）", documented=False)
async def description(request: Request) -> Reply:
    return Reply(_description(request.app.ctx.routes))


@endpoint(auth=Auth.PUBLIC, summary="接口参考", documented=False)
async def reference(request: Request) -> Reply:
    return pages.html("接口参考", render(_description(request.app.ctx.routes)))


def render(description: Json) -> str:
    """Return the body of the page: contents, every operation by door, then the schemas."""
    operations = list(_operations(description))
    told = escape(description["info"]["description"])
    links = '<a href="/openapi.json">openapi.json</a>，<a href="/problems">错误代码</a>'
    parts = [f'<p class="quiet">{told} 原文：{links}。</p>']
    parts.append(f"<nav>{''.join(_contents(operations))}</nav>")
    for door, told in DOORS.items():
        mine = [one for one in operations if door in one[2]["tags"]]
        if mine:
            parts.append(f"<h2>{escape(told)}</h2>" + "".join(_operation(*one) for one in mine))
    parts.append("<h2>数据结构</h2>" + "".join(_schemas(description)))
    return "".join(parts)


def _operations(description: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _contents(operations: list[tuple[str, str, Json]]) -> Iterator[str]:
    for door, told in DOORS.items():
        mine = [one for one in operations if door in one[2]["tags"]]
        if mine:
            links = "".join(
                f'<li><a href="#{escape(operation["operationId"])}">{escape(operation["summary"])}</a></li>'
                for _, _, operation in mine
            )
            yield f"<h3>{escape(told)}</h3><ul>{links}</ul>"


def _operation(method: str, path: str, operation: Json) -> str:
    note = operation.get("description", "")
    return (
        f'<section id="{escape(operation["operationId"])}"><h3>{escape(operation["summary"])}</h3>'
        f'<p><span class="method">{method}</span> <code>{escape(path)}</code>'
        f' <span class="quiet">{escape(note)}</span></p>'
        f"{_parameters(operation)}{_body(operation)}{_responses(operation)}</section>"
    )


def _parameters(operation: Json) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(one['name'])}</code></td><td>{escape(one['in'])}</td>"
        f"<td>{'必填' if one['required'] else '可选'}</td><td>{_shape(one['schema'])}</td>"
        f"<td>{escape(one.get('description', ''))}</td></tr>"
        for one in operation["parameters"]
    )
    return (
        f"<table><tr><th>参数</th><th>位置</th><th></th><th>类型</th><th>说明</th></tr>{rows}</table>" if rows else ""
    )


def _body(operation: Json) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    return "".join(
        f"<p>请求内容 <code>{escape(kind)}</code>：{_shape(one['schema'])}</p>" for kind, one in content.items()
    )


def _responses(operation: Json) -> str:
    rows = "".join(
        f"<tr><td>{status}</td><td>{_content(one)}</td><td>{escape(one['description'])}</td></tr>"
        for status, one in operation["responses"].items()
    )
    return f"<table><tr><th>状态</th><th>内容</th><th>说明</th></tr>{rows}</table>"


def _content(response: Json) -> str:
    return "".join(_shape(one["schema"]) for one in response.get("content", {}).values())


def _shape(schema: Any) -> str:
    """Return a schema in a few words, with links to the named ones."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f'<a href="#schema-{escape(name)}">{escape(name)}</a>'
    if "anyOf" in schema:
        return " | ".join(_shape(one) for one in schema["anyOf"])
    if schema.get("type") == "array":
        return f"[{_shape(schema.get('items', {}))}]"
    if "enum" in schema:
        return " | ".join(f"<code>{escape(str(one))}</code>" for one in schema["enum"])
    return escape(" ".join(str(schema[key]) for key in ("type", "format") if key in schema) or "any")


def _schemas(description: Json) -> Iterator[str]:
    for name, schema in sorted(description["components"]["schemas"].items()):
        shown = orjson.dumps(schema, option=orjson.OPT_INDENT_2).decode()
        yield f'<section id="schema-{escape(name)}"><h3>{escape(name)}</h3><pre>{escape(shown)}</pre></section>'
