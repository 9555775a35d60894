"""The door's own endpoints: public, all of them."""

from tests.support.matrix import Call, Row, World


async def _a_code(world: World) -> Call:
    return Call(params={"code": "conflict"})


async def _an_account(world: World) -> Call:
    return Call(params={"account": "miniprogram"})


ROWS = (
    Row("GET", "/healthz"),
    Row("GET", "/openapi.json"),
    Row("GET", "/docs"),
    Row("GET", "/docs/icon.svg"),
    Row("GET", "/docs/style.css"),
    Row("GET", "/problems"),
    Row("GET", "/problems/<code:str>", arrange=_a_code),
    # WeChat signs what it sends; somebody unknown does not
    Row("GET", "/wechat/events/<account:str>", anonymous=403, arrange=_an_account),
    Row("POST", "/wechat/events/<account:str>", anonymous=403, arrange=_an_account),
    Row("GET", "/api/public/v1/about"),
)
