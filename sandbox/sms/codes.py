"""The provider's refusals: a code in words, and HTTP 400 for what its gateway stops before the service sees it."""

from sandbox.errcodes import Refused

_GATEWAY = {
    "InvalidAccessKeyId.NotFound": 404,
    "InvalidAction.NotFound": 404,
    "InvalidVersion": 400,
    "IncompleteSignature": 400,
    "SignatureDoesNotMatch": 400,
    "SignatureNonceUsed": 400,
    "InvalidTimeStamp.Expired": 400,
    "Forbidden.RAM": 403,
    "Throttling": 400,
    "Throttling.User": 400,
    "Throttling.Api": 400,
    "InternalError": 500,
    "ServiceUnavailable": 503,
}


class SmsRefused(Refused):
    """The message is not sent."""

    def __init__(self, code: str, message: str | None = None) -> None:
        super().__init__(0, message or code)
        self.code = code
        self.status = _GATEWAY.get(code, 200)

    @property
    def outcome(self) -> str:
        return self.code

    def shown(self, rid: str) -> dict[str, object]:
        return {"Code": self.code, "Message": self.errmsg, "RequestId": rid.upper()}
