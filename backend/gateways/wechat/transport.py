"""One HTTP exchange with WeChat over aiohttp: typed errors out, whatever came in.

This is the hot path of every delivery: bodies go out and come back as bytes through orjson, and an endpoint's URL is
put together once per access token.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import orjson
from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientResponseError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    TCPConnector,
)
from yarl import URL

from backend.gateways.wechat.errors import (
    WeChatCut,
    WeChatError,
    WeChatGarbled,
    WeChatTimeout,
    WeChatUnavailable,
    refusal,
)

LONGEST_CALL = 8
"""Seconds after which a call has ended one way or another; leases are longer than this."""

# 2 s to connect and at least 5 s to answer. Each further kind of time-out costs every call a timer (a fifth of the
# rate, measured), and aiohttp rounds ends beyond 5 s up to a whole second.
_TIMES = ClientTimeout(total=LONGEST_CALL - 1, sock_connect=2)
_JSON = {"Content-Type": "application/json"}

Json = dict[str, Any]


def open_http(connections: int = 100) -> ClientSession:
    """Open the one HTTP session of a process; needs a running loop, is closed by whoever opened it.

    Who keeps more than `connections` calls in flight waits here within the time of the call: keep to the number.
    """
    connector = TCPConnector(limit=connections, keepalive_timeout=15, ttl_dns_cache=60)
    return ClientSession(connector=connector, timeout=_TIMES, cookie_jar=DummyCookieJar())


class Transport:
    """Calls below one base URL, so that tests and demos may speak to a stand-in."""

    def __init__(self, base_url: str, http: ClientSession) -> None:
        self._base = base_url
        self._http = http
        self._urls: dict[str, tuple[str, URL]] = {}

    async def get(self, endpoint: str, query: Mapping[str, str]) -> Json:
        """Ask with a query; the query may hold secrets, so no error tells the URL."""
        return _json(*await self._exchange("GET", URL(self._base + endpoint).with_query(query), None))

    async def post(self, endpoint: str, body: object, token: str | None = None) -> Json:
        """Send a JSON body, with an access token unless the endpoint takes none."""
        return _json(*await self._exchange("POST", self._url(endpoint, token), orjson.dumps(body)))

    async def post_for_image(self, endpoint: str, body: object, token: str) -> bytes:
        """Return the image; these endpoints answer errors as JSON with status 200 and any content type."""
        response, raw = await self._exchange("POST", self._url(endpoint, token), orjson.dumps(body))
        if raw[:1] == b"{" or not response.content_type.startswith("image/"):
            answer = _json(response, raw)
            raise WeChatGarbled(f"an image was asked for, JSON came: {sorted(answer)[:8]}")
        return raw

    def _url(self, endpoint: str, token: str | None) -> URL:
        if token is None:
            return URL(self._base + endpoint)
        known = self._urls.get(endpoint)
        if known is not None and known[0] == token:
            return known[1]
        url = URL(f"{self._base}{endpoint}?access_token={quote(token, safe='')}", encoded=True)
        self._urls[endpoint] = (token, url)
        return url

    async def _exchange(self, method: str, url: URL, body: bytes | None) -> tuple[ClientResponse, bytes]:
        headers = _JSON if body is not None else None
        try:
            async with self._http.request(method, url, data=body, headers=headers, allow_redirects=False) as response:
                return response, await response.read()
        except (ClientError, TimeoutError, OSError) as error:
            # aiohttp's own messages may hold the URL and with it the secret: they end here.
            raise _failure(error) from None


def _failure(error: Exception) -> WeChatError:
    name = type(error).__name__
    if isinstance(error, ConnectionTimeoutError | ClientConnectorError):
        return WeChatUnavailable(f"no connection to WeChat ({name})")
    if isinstance(error, TimeoutError):
        return WeChatTimeout(f"WeChat did not answer in time ({name})")
    if isinstance(error, ClientResponseError):
        return WeChatGarbled(f"WeChat's answer is no HTTP ({name})")
    return WeChatCut(f"the connection to WeChat broke ({name})")


def _json(response: ClientResponse, raw: bytes) -> Json:
    """Return an answer that says yes; raises WeChatRefused for a code, WeChatGarbled for anything else."""
    try:
        answer = orjson.loads(raw)
        errcode = int(answer.get("errcode") or 0)
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise WeChatGarbled(f"no JSON object in the answer (HTTP {response.status})") from None
    if errcode:
        raise refusal(errcode, answer.get("errmsg"))
    if response.status != HTTPStatus.OK:
        raise WeChatGarbled(f"WeChat answered HTTP {response.status} without a code")
    return answer  # type: ignore[no-any-return]
