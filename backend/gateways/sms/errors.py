"""What can go wrong with a text message, told apart by what the caller must know: did it happen?

    SmsError                 every failure
    ├── SmsRefused           the provider answered with a code: it was not sent
    ├── SmsUnavailable       nothing left this machine
    └── SmsUnanswered        something left and no usable answer came: it may have been sent

Messages never hold a number, a parameter, a key or a URL.
"""

from typing import ClassVar

from backend.foundation.errors import Unavailable

_LONGEST = 300


class SmsError(Unavailable):
    """A text message that failed."""

    code = "sms.failed"
    title = "短信服务异常"
    sentence = "短信服务暂时没有回应，请稍后再试。"

    may_have_happened: ClassVar[bool] = False

    def __init__(self, what: str) -> None:
        super().__init__()
        self.what = what

    def __str__(self) -> str:
        return self.what


class SmsRefused(SmsError):
    """The provider's code (`isv.MOBILE_NUMBER_ILLEGAL`); `request_id` is what its support asks for."""

    code = "sms.refused"

    def __init__(self, errcode: str, errmsg: str = "", request_id: str = "") -> None:
        self.errcode = errcode
        self.errmsg = errmsg[:_LONGEST]
        self.request_id = request_id
        super().__init__(f"{errcode} {self.errmsg}".strip() + (f" (request {request_id})" if request_id else ""))


class SmsUnavailable(SmsError):
    """No request left this machine."""

    code = "sms.unavailable"


class SmsUnanswered(SmsError):
    """A request left and no usable answer came back; never send it again blindly."""

    code = "sms.unanswered"
    may_have_happened = True
