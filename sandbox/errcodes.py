"""WeChat's error codes with the texts its servers answer, and the exception that carries one out of a handler.

Texts that no public page shows are worded after the code's documented meaning; clients must go by the number.
"""

TEXTS: dict[int, str] = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40013: "invalid appid",
    40014: "invalid access_token",
    40029: "invalid code",
    40032: "invalid openid list size",
    40037: "invalid template_id",
    40038: "reach max daily send limit of long-term template",
    40066: "invalid url",
    40097: "invalid args",
    40125: "invalid appsecret",
    40129: "invalid scene",
    40163: "code been used",
    40164: "invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist",
    40165: "invalid path",
    40169: "invalid length for scene, or the data is not json string",
    40226: "code blocked",
    40243: "appsecret is frozen",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41008: "missing code",
    41030: "invalid page",
    42001: "access_token expired",
    43002: "require POST method",
    43004: "require subscribe",
    43101: "user refuse to accept the msg",
    43104: "appid and openid do not match",
    43107: "subscribe message capability is banned",
    43108: "concurrent calls to the same openid",
    43302: "use POST method",
    44002: "empty post data",
    45002: "content size out of limit",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    45103: "this api has been withdrawn",
    45109: "this api has been withdrawn",
    45168: "message contains sensitive words",
    47001: "data format error",
    47003: "argument invalid!",
    48001: "api unauthorized",
    48006: "forbid to clear quota because of reaching the limit",
    61010: "code is expired",
    76001: "rid not found",
    76003: "no permission to query this rid",
    76004: "rid is out of time (7 days)",
    76021: "cgi_path not found",
    76022: "no permission to query this cgi_path",
    85107: "send refused",
    87009: "invalid signature",
    87014: "risky content",
    89503: "ip risk, administrator confirmation needed",
}


class Refused(Exception):
    """The call ends with this errcode; `detail` replaces the usual text (47003 names the field in it)."""

    def __init__(self, errcode: int, detail: str | None = None) -> None:
        super().__init__(errcode, detail)
        self.errcode = errcode
        self.errmsg = detail or TEXTS.get(errcode, "error")

    status = 200

    @property
    def outcome(self) -> str:
        """What the log of calls says besides the number."""
        return ""

    def shown(self, rid: str) -> dict[str, object]:
        """The answer's body."""
        return {"errcode": self.errcode, "errmsg": f"{self.errmsg} rid: {rid}"}
