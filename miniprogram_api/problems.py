"""What `type` of a refusal points to: a page for each code, as JSON or for a reader."""

from html import escape

from sanic import Request

from backend.foundation.errors import NotFound
from miniprogram_api import pages
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.errors import known_kinds, status_of
from miniprogram_api.reply import Reply


@endpoint(auth=Auth.PUBLIC, summary="错误代码的说明", documented=False)
async def explain(request: Request, code: str) -> Reply:
    kind = known_kinds().get(code)
    if kind is None:
        raise NotFound
    told = {"code": code, "status": status_of(kind), "title": kind.title, "detail": kind.sentence}
    if "text/html" not in request.headers.get("accept", ""):
        return Reply(told)
    return pages.html(
        kind.title, f"<p><code>{escape(code)}</code>（{told['status']}）</p><p>{escape(kind.sentence)}</p>"
    )


@endpoint(auth=Auth.PUBLIC, summary="所有错误代码", documented=False)
async def listing(request: Request) -> Reply:  # noqa: ARG001  every handler is given its request
    rows = (
        f'<tr><td><a href="/problems/{escape(code)}"><code>{escape(code)}</code></a></td>'
        f"<td>{status_of(kind)}</td><td>{escape(kind.title)}</td><td>{escape(kind.sentence)}</td></tr>"
        for code, kind in known_kinds().items()
    )
    return pages.html("错误代码", f"<table>{''.join(rows)}</table>")
