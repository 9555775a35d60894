"""The few pages this door shows to people: plain HTML, one style sheet of our own, nothing from elsewhere."""

from html import escape
from importlib.resources import files
from typing import Final

from sanic import Request

from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import Reply

HTML: Final = "text/html; charset=utf-8"
_POLICY: Final = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_STYLE: Final = files("miniprogram_api").joinpath("docs.css").read_bytes()


def html(title: str, body: str) -> Reply:
    """Return a page; `body` is HTML already, whatever came from elsewhere must be escaped in it."""
    page = (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{escape(title)} · 无微不至</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="/docs/style.css"></head>'
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    return Reply(
        page, headers={"Content-Security-Policy": _POLICY, "Referrer-Policy": "no-referrer"}, content_type=HTML
    )


@endpoint(auth=Auth.PUBLIC, summary="文档页面的样式", documented=False)
async def style(request: Request) -> Reply:  # noqa: ARG001  every handler is given its request
    return Reply(_STYLE, headers={"Cache-Control": "max-age=3600"}, content_type="text/css; charset=utf-8")
