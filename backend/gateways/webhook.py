"""Posts JSON to a configured address, signed, so that the receiver knows that it is from us.

Where somebody else than the operator named the address, only public ones are posted to, looked at when the connection
is made: a name that leads into this network today may not have when it was entered. Redirects are never followed.

X-Wuwei-Delivery: <id>                 the same for every try of one message
X-Wuwei-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>" under the shared secret>
"""

import hashlib
import hmac
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import aiohttp
import orjson
from aiohttp.abc import AbstractResolver, ResolveResult

from backend.foundation import clock
from backend.foundation.db import refuse_in_transaction
from backend.gateways.addresses import is_public

SECONDS: Final = 5
"""How long the receiver may take to answer."""
_WELL: Final = range(200, 300)


class WebhookFailed(Exception):
    """The receiver did not take it; the message never holds its address, which may be a secret."""


class Webhook(Protocol):
    """Anything that takes signed messages."""

    async def post(self, message: Mapping[str, Any], *, delivery: str) -> None:
        """Hand one message over; raises WebhookFailed unless the receiver answered 2xx in time."""


def leads_inside(url: str) -> bool:
    """Tell whether an address names this machine, or is written as digits that are not public; names lead anywhere."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    last = host.rpartition(".")[2]
    is_digits = ":" in host or last.isdigit() or last.startswith("0x")  # as browsers read a host: by its last part
    return is_digits and not is_public(host)


class PublicOnly(AbstractResolver):
    """Resolves names as the system does, and refuses those that lead anywhere but to public addresses."""

    def __init__(self) -> None:
        self._system = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._system.resolve(host, port, family)
        if not all(is_public(one["host"]) for one in found):
            raise OSError("the name leads to an address that is not public")
        return found

    async def close(self) -> None:
        await self._system.close()


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
async def open_webhook(url: str, secret: str, *, public_only: bool = False) -> AsyncIterator[Webhook]:
    """Open a session for a few messages, kept for no longer; raises WebhookFailed for an address that is inside."""
    if public_only and leads_inside(url):
        raise WebhookFailed("the webhook's address is not public")
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    connector = aiohttp.TCPConnector(resolver=PublicOnly() if public_only else None)
    async with aiohttp.ClientSession(
        timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False, connector=connector
    ) as http:
        yield HttpWebhook(url, secret, http)
