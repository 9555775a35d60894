"""What can go wrong with a call to WeChat, told apart by what the caller must know: did it happen?

    WeChatError                 every failure; a door that maps none of them answers 503
    ├── WeChatRefused           WeChat answered with an error code: it did not happen
    │   └── WeChatBusy          … with -1: it did not happen, the same call may be tried again
    ├── WeChatUnavailable       nothing left this machine: no connection
    │   └── WeChatNoToken       … because WeChat gives us no token that works; `cause` is its refusal, if there was one
    └── WeChatUnanswered        something left and no usable answer came: it may have happened
        ├── WeChatTimeout       the time for the answer ran out
        ├── WeChatCut           the line broke before the answer was whole
        └── WeChatGarbled       what came back is no answer of WeChat's

Messages never hold a URL, a token, a code or a phone number.
"""

import re
from typing import ClassVar

from backend.foundation.errors import Unavailable

BUSY = -1
STALE_TOKEN = frozenset({40001, 40014, 42001})

_RID = re.compile(r"\s*,?\s*rid:\s*([\w-]{1,80})")


class WeChatError(Unavailable):
    """A call to WeChat that failed."""

    code = "wechat.failed"
    title = "微信服务异常"
    sentence = "微信暂时没有回应，请稍后再试。"

    may_have_happened: ClassVar[bool] = False

    def __init__(self, what: str) -> None:
        super().__init__()
        self.what = what

    def __str__(self) -> str:
        return self.what


class WeChatRefused(WeChatError):
    """WeChat answered with an error code; `rid` is the request id its support asks for (kept there 7 days)."""

    code = "wechat.refused"

    def __init__(self, errcode: int, errmsg: str = "", rid: str | None = None) -> None:
        self.errcode = errcode
        self.errmsg = errmsg
        self.rid = rid
        super().__init__(f"{errcode} {errmsg}" + (f" (rid {rid})" if rid else ""))


class WeChatBusy(WeChatRefused):
    """WeChat answered -1: busy, nothing was done."""

    code = "wechat.busy"
    sentence = "微信服务繁忙，请稍后再试。"


class WeChatUnavailable(WeChatError):
    """No request left this machine."""

    code = "wechat.unavailable"


class WeChatNoToken(WeChatUnavailable):
    """There is no token that works, so nothing was sent; asking again at once can't help."""

    code = "wechat.no_token"

    def __init__(self, what: str, cause: WeChatError | None = None) -> None:
        super().__init__(what)
        self.cause = cause


class WeChatUnanswered(WeChatError):
    """A request left and no usable answer came back; never send it again blindly."""

    code = "wechat.unanswered"
    may_have_happened = True


class WeChatTimeout(WeChatUnanswered):
    """The time for the answer ran out."""

    code = "wechat.timeout"


class WeChatCut(WeChatUnanswered):
    """The connection broke before the whole answer was there."""

    code = "wechat.cut"


class WeChatGarbled(WeChatUnanswered):
    """The answer is not what the protocol promises."""

    code = "wechat.garbled"


def refusal(errcode: int, errmsg: object) -> WeChatRefused:
    """Make the error of an answered code, with the rid that WeChat hides at the end of its errmsg."""
    text = str(errmsg or "")
    found = _RID.search(text)
    kind = WeChatBusy if errcode == BUSY else WeChatRefused
    return kind(errcode, _RID.sub("", text).strip()[:300], found[1] if found else None)
