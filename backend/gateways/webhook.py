"""Posts JSON to an address that the operator configured, signed, so that the receiver knows that it is from us.

X-Wuwei-Delivery: <id>                 the same for every try of one message
X-Wuwei-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>" under the shared secret>
"""

import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol

import aiohttp
import orjson

from backend.foundation import clock
from backend.foundation.db import refuse_in_transaction

SECONDS: Final = 5
"""How long the receiver may take to answer."""
_WELL: Final = range(200, 300)


class WebhookFailed(Exception):
    """The receiver did not take it; the message never holds its address, which may be a secret."""


class Webhook(Protocol):
    """Anything that takes signed messages."""

    async def post(self, message: Mapping[str, Any], *, delivery: str) -> None:
        """Hand one message over; raises WebhookFailed unless the receiver answered 2xx in time."""


def sign(body: bytes, secret: str, moment: int) -> str:
    """Return the signature's header; `moment` in Unix seconds, so that a receiver can refuse what is old."""
    mac = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={mac}"


class HttpWebhook:
    """One address and its secret over one HTTP session."""

    def __init__(self, url: str, secret: str, http: aiohttp.ClientSession) -> None:
        self._url = url
        self._secret = secret
        self._http = http

    async def post(self, message: Mapping[str, Any], *, delivery: str) -> None:
        refuse_in_transaction()
        body = orjson.dumps(message)
        headers = {
            "Content-Type": "application/json",
            "X-Wuwei-Delivery": delivery,
            "X-Wuwei-Signature": sign(body, self._secret, int(clock.now().timestamp())),
        }
        try:
            async with self._http.post(self._url, data=body, headers=headers, allow_redirects=False) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise WebhookFailed(f"the webhook was not reached ({type(error).__name__})") from None
        if status not in _WELL:
            raise WebhookFailed(f"the webhook answered HTTP {status}")


@asynccontextmanager
async def open_webhook(url: str, secret: str) -> AsyncIterator[Webhook]:
    """Open a session for a few messages; alerts are rare, so none is kept."""
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    async with aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False) as http:
        yield HttpWebhook(url, secret, http)
