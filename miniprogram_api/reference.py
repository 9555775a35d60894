"""`/openapi.json` for programs and `/docs` for readers: the same description, by door and capability, in Chinese."""

import re
from collections.abc import Iterator
from functools import lru_cache
from html import escape
from typing import Final, NamedTuple

from sanic import Request

from miniprogram_api import pages, rule_language, samples, words
from miniprogram_api.endpoint import Auth, Route, endpoint
from miniprogram_api.openapi import DOORS, Json, answers, document
from miniprogram_api.reply import Reply
from miniprogram_api.rule_page import Language
from miniprogram_api.samples import Samples
from miniprogram_api.shapes import Shapes, named, table, told

_REFUSAL: Final = re.compile(r"`([\w.]+)` (.*?)(?=；`|$)")
_TITLE: Final = re.compile(r"[；：]")
_PLACES: Final = {"path": "路径", "query": "查询", "header": "请求头"}
_CREDENTIALS: Final = {
    "owner": "请求头 <code>Authorization: Bearer …</code>：{told}。",
    "partner": "请求头 <code>Authorization: Bearer …</code>：{told}。",
    "staff": "Cookie <code>{name}</code>：{told}；改动还须带 <code>X-CSRF-Token</code>。",
}


class Operation(NamedTuple):
    """One endpoint of the description; its id is `door.capability.module.function`."""

    method: str
    path: str
    plain: Json

    @property
    def id(self) -> str:
        return str(self.plain["operationId"])

    @property
    def capability(self) -> str:
        return self.id.removeprefix(f"{self.plain['tags'][0]}.").split(".")[0]

    @property
    def title(self) -> str:
        """What contents and headings call it: its summary up to where that explains itself."""
        return _TITLE.split(self.plain["summary"], maxsplit=1)[0]

    @property
    def link(self) -> str:
        return f'<a href="#{escape(self.id)}">{escape(self.title)}</a>'


@lru_cache(maxsize=2)
def described(routes: tuple[Route, ...]) -> Json:
    """Describe a surface when somebody first asks: it never changes while the process runs."""
    return document(routes)


@lru_cache(maxsize=2)
def _page(routes: tuple[Route, ...]) -> Reply:
    return pages.html("接口参考", render(described(routes)), contents=contents(described(routes)))


@endpoint(auth=Auth.PUBLIC, summary="接口说明（OpenAPI 3.1）", documented=False)
async def description(request: Request) -> Reply:
    return Reply(described(request.app.ctx.routes))


@endpoint(auth=Auth.PUBLIC, summary="接口参考", documented=False)
async def reference(request: Request) -> Reply:
    return _page(request.app.ctx.routes)


def operations(description: Json) -> list[Operation]:
    """Return every operation, in the order of the routes."""
    return [
        Operation(method.upper(), path, plain | {"responses": dict(answers(description, plain))})
        for path, methods in description["paths"].items()
        for method, plain in methods.items()
    ]


def refusals(operation: Operation) -> Iterator[tuple[str, str, str]]:
    """Yield status, code and sentence of what an operation may answer instead."""
    for status, response in operation.plain["responses"].items():
        for code, sentence in _REFUSAL.findall(response["description"]):
            yield status, code, sentence


def _by_door(description: Json) -> Iterator[tuple[str, dict[str, list[Operation]]]]:
    """Yield each door that has operations, with these by capability."""
    for door in DOORS:
        found: dict[str, list[Operation]] = {}
        for one in operations(description):
            if door in one.plain["tags"]:
                found.setdefault(one.capability, []).append(one)
        if found:
            yield door, found


def contents(description: Json) -> str:
    """Return the table of contents."""
    parts = []
    for door, capabilities in _by_door(description):
        parts.append(f'<h2><a href="#{door}">{escape(DOORS[door])}</a></h2>')
        for capability, mine in capabilities.items():
            links = "".join(f"<li>{one.link}</li>" for one in mine)
            parts.append(f"<h3>{escape(words.CAPABILITIES.get(capability, capability))}</h3><ul>{links}</ul>")
    return "".join(parts) + '<h2><a href="#schemas">数据结构</a></h2>'


def render(description: Json) -> str:
    """Return the body of the page: every operation by door and capability, then the schemas."""
    drawn = _Drawn(description)
    lead = (
        f'<p class="quiet">{escape(description["info"]["description"])}'
        "示例中的 <code>$API</code> 是服务地址，<code>$TOKEN</code>、<code>$COOKIE</code> 是登录凭证。</p>"
    )
    parts = [lead]
    for door, capabilities in _by_door(description):
        parts.append(f'<h2 id="{door}">{escape(DOORS[door])}</h2>{_credentials(description, door)}')
        for capability, mine in capabilities.items():
            parts.append(f"<h3>{escape(words.CAPABILITIES.get(capability, capability))}</h3>")
            parts += [drawn.operation(one) for one in mine]
    return "".join(parts) + '<h2 id="schemas">数据结构</h2>' + "".join(drawn.schemas())


def _credentials(description: Json, door: str) -> str:
    scheme = description["components"]["securitySchemes"].get(door)
    if scheme is None:
        return '<p class="quiet">无需登录。</p>'
    text = _CREDENTIALS[door].format(told=escape(scheme["description"]), name=escape(scheme.get("name", "")))
    return f'<p class="quiet">{text}</p>'


class _Drawn:
    """The operations and schemas of one description as HTML."""

    def __init__(self, description: Json) -> None:
        self._components: dict[str, Json] = description["components"]["schemas"]
        self._shapes = Shapes(self._components)

    def operation(self, one: Operation) -> str:
        plain = one.plain
        rest = plain["summary"][len(one.title) + 1 :]
        notes = "".join(f"<p>{told(note)}</p>" for note in (rest, plain.get("description", "")) if note)
        return (
            f'<section id="{escape(one.id)}"><h4><a href="#{escape(one.id)}">{escape(one.title)}</a></h4>'
            f'<p class="call"><span class="method {one.method.lower()}">{one.method}</span> '
            f"<code>{escape(one.path)}</code></p>{notes}{self._parameters(plain)}{self._request(plain)}"
            f"{self._example(one)}{self._success(plain)}{_errors(one)}</section>"
        )

    def _parameters(self, plain: Json) -> str:
        rows = [
            self._shapes.row(
                one["name"],
                one["schema"],
                f"{_PLACES[one['in']]}，{'必填' if one['required'] else '可选'}",
                words.told("", one["name"], one),
            )
            for one in plain["parameters"]
        ]
        return table("fields", ("参数", "类型", "说明"), rows) if rows else ""

    def _request(self, plain: Json) -> str:
        content = plain.get("requestBody", {}).get("content", {})
        return "".join(
            f"<h5>请求内容 <code>{escape(kind)}</code></h5>{self._shapes.fields(one['schema'], '必填')}"
            for kind, one in content.items()
        )

    def _success(self, plain: Json) -> str:
        status, response = next(iter(plain["responses"].items()))
        content = response.get("content", {})
        if not content:
            return f"<h5>成功 <code>{status}</code>，没有内容</h5>"
        kind, schema = next((kind, one["schema"]) for kind, one in content.items())
        head = f"<h5>成功 <code>{status}</code>：{self._shapes.of(schema)}</h5>"
        if kind != "application/json":
            return head
        shown = escape(samples.pretty(Samples(self._components).of(schema)))
        return (
            f"{head}<details><summary>返回的字段</summary>{self._shapes.fields(schema)}</details>"
            f'<details><summary>返回示例</summary><pre tabindex="0">{shown}</pre></details>'
        )

    def _example(self, one: Operation) -> str:
        line = samples.curl(one.method, one.path, one.plain, Samples(self._components))
        return f'<details><summary>请求示例</summary><pre tabindex="0">{escape(line)}</pre></details>'

    def schemas(self) -> Iterator[str]:
        for ref, schema in sorted(self._components.items(), key=lambda item: named(item[1], item[0])):
            name = escape(ref)
            head = f'<h4><a href="#schema-{name}">{escape(named(schema, ref))}</a></h4>'
            told_in = Language(schema).drawn() if ref == rule_language.NAME else self._shapes.fields(schema)
            yield f'<section id="schema-{name}">{head}{told_in}</section>'


def _errors(one: Operation) -> str:
    rows = [
        (f'<a href="/problems/{escape(code)}"><code>{escape(code)}</code></a>', status, escape(sentence))
        for status, code, sentence in refusals(one)
    ]
    shown = table("codes", ("代码", "状态", "说明"), rows)
    return f"<details><summary>可能的错误（{len(rows)}）</summary>{shown}</details>"
