"""The few pages this door shows to people: plain HTML, one style sheet of our own, nothing from elsewhere."""

from html import escape
from importlib.resources import files
from typing import Final

from sanic import Request

from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import Reply

HTML: Final = "text/html; charset=utf-8"
_POLICY: Final = (
    "default-src 'none'; img-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_STYLE: Final = files("miniprogram_api").joinpath("docs.css").read_bytes()
_ICON: Final = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b4f8a"/>'
    b'<path d="M9 10h14M9 16h14M9 22h9" stroke="#fff" stroke-width="3" stroke-linecap="round"/></svg>'
)
_HEAD: Final = (
    '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{title} · 无微不至</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<link rel="icon" href="/docs/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/docs/style.css"></head>'
)
_TOP: Final = (
    '<a class="skip" href="#content">跳到正文</a><header><b>无微不至</b><nav aria-label="页面">'
    '<a href="/docs">接口参考</a><a href="/problems">错误代码</a><a href="/openapi.json">openapi.json</a>'
    "</nav></header>"
)


def html(title: str, body: str, *, contents: str = "") -> Reply:
    """Return a page; `body` and `contents` are HTML already, whatever came from elsewhere must be escaped in it."""
    aside = f'<nav class="contents" aria-label="目录" tabindex="0">{contents}</nav>' if contents else ""
    page = (
        f'{_HEAD.format(title=escape(title))}<body>{_TOP}<div class="page">{aside}'
        f'<main id="content" tabindex="-1"><h1>{escape(title)}</h1>{body}</main></div></body></html>'
    )
    return Reply(page, headers={"Content-Security-Policy": _POLICY}, content_type=HTML)


@endpoint(auth=Auth.PUBLIC, summary="文档页面的样式", documented=False)
async def style(request: Request) -> Reply:  # noqa: ARG001  every handler is given its request
    return Reply(_STYLE, headers={"Cache-Control": "max-age=3600"}, content_type="text/css; charset=utf-8")


@endpoint(auth=Auth.PUBLIC, summary="文档页面的图标", documented=False)
async def icon(request: Request) -> Reply:  # noqa: ARG001  every handler is given its request
    return Reply(_ICON, headers={"Cache-Control": "max-age=3600"}, content_type="image/svg+xml")
