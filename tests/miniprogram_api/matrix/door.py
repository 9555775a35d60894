"""The door's own endpoints: public, all of them."""

from miniprogram_api.console import BUILT, built
from tests.support.matrix import Call, Row, World

_CONSOLE = 200 if built(BUILT) else 404


async def _a_code(world: World) -> Call:
    return Call(params={"code": "conflict"})


async def _a_page(world: World) -> Call:
    return Call(params={"path": "notices"})


async def _an_account(world: World) -> Call:
    return Call(params={"account": "miniprogram"})


async def _no_secret(_world: World) -> Call:
    return Call(params={"secret": "0" * 32})


ROWS = (
    Row("GET", "/healthz"),
    Row("GET", "/openapi.json"),
    Row("GET", "/console", anonymous=_CONSOLE),
    Row("GET", "/console/<path:path>", anonymous=_CONSOLE, arrange=_a_page),
    Row("GET", "/docs"),
    Row("GET", "/docs/icon.svg"),
    Row("GET", "/docs/style.css"),
    Row("GET", "/problems"),
    Row("GET", "/problems/<code:str>", arrange=_a_code),
    # WeChat signs what it sends; somebody unknown does not
    Row("GET", "/wechat/events/<account:str>", anonymous=403, arrange=_an_account),
    Row("POST", "/wechat/events/<account:str>", anonymous=403, arrange=_an_account),
    # the SMS provider signs nothing: its address holds a secret, and there is none here
    Row("POST", "/sms/reports/<secret:str>", anonymous=404, arrange=_no_secret),
    Row("GET", "/api/public/v1/about"),
)
