"""What `type` of a refusal points to: a page for each code, as JSON or for a reader."""

from html import escape
from itertools import groupby
from typing import Final

from sanic import Request

from backend.foundation.errors import NotFound, WuweiError
from miniprogram_api import pages, words
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.errors import known_kinds, status_of
from miniprogram_api.reference import described, operations, refusals
from miniprogram_api.reply import Reply
from miniprogram_api.shapes import table

_MANY: Final = 20
_COMMON: Final = "通用"


@endpoint(auth=Auth.PUBLIC, summary="错误代码的说明", documented=False)
async def explain(request: Request, code: str) -> Reply:
    kind = known_kinds().get(code)
    if kind is None:
        raise NotFound
    told = {"code": code, "status": status_of(kind), "title": kind.title, "detail": kind.sentence}
    if "text/html" not in request.headers.get("accept", ""):
        return Reply(told)
    return pages.html(
        kind.title,
        f'<p class="lead">{escape(kind.sentence)}</p>'
        f"<p>错误代码 <code>{escape(code)}</code>，HTTP 状态 <code>{told['status']}</code>。</p>"
        f"{_where(request, code)}",
    )


def _where(request: Request, code: str) -> str:
    """Tell which endpoints answer with a code, unless nearly all do."""
    every = operations(described(request.app.ctx.routes))
    found = [one for one in every if any(code == known for _, known, _ in refusals(one))]
    if not found:
        return ""
    if len(found) > _MANY:
        return f'<p class="quiet">{len(found)} 个接口可能返回此错误。</p>'
    links = "".join(
        f'<li><a href="/docs#{escape(one.id)}">{escape(one.title)}</a> '
        f"<code>{one.method} {escape(one.path)}</code></li>"
        for one in found
    )
    return f"<h2>可能返回此错误的接口</h2><ul>{links}</ul>"


@endpoint(auth=Auth.PUBLIC, summary="所有错误代码", documented=False)
async def listing(request: Request) -> Reply:  # noqa: ARG001  every handler is given its request
    kinds = sorted(known_kinds().items(), key=lambda item: (_capability(item[0]) != "", item[0]))
    parts = [
        f"<h2>{escape(words.CAPABILITIES.get(name, name) or _COMMON)}</h2>"
        + table("codes", ("代码", "状态", "名称", "给用户的说明"), [_row(code, kind) for code, kind in mine])
        for name, mine in groupby(kinds, key=lambda item: _capability(item[0]))
    ]
    lead = '<p class="quiet">程序按 <code>code</code> 判断，<code>detail</code> 直接显示给用户。</p>'
    return pages.html("错误代码", lead + "".join(parts))


def _capability(code: str) -> str:
    return code.partition(".")[0] if "." in code else ""


def _row(code: str, kind: type[WuweiError]) -> tuple[str, ...]:
    link = f'<a href="/problems/{escape(code)}"><code>{escape(code)}</code></a>'
    return link, f"<code>{status_of(kind)}</code>", escape(kind.title), escape(kind.sentence)
