"""Looks at pages on the open web: whether they answer, never what they say.

Links are written by people and read from documents, so none of them may lead into our own network: every address is
checked when a name is resolved, at each redirect again, and the connection goes to the address that was checked.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from socket import AddressFamily
from typing import Final, Protocol

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver
from yarl import URL

from backend.foundation.db import refuse_in_transaction
from backend.gateways.addresses import is_public

SECONDS: Final = 10
"""How long one request may take, its redirects included."""
REDIRECTS: Final = 5
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_WELL: Final = range(200, 300)
# A short word for each way in which nothing comes back.
_FAILURES: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (TimeoutError, "timeout"),
    (aiohttp.ClientConnectorDNSError, "no_such_host"),
    (aiohttp.ClientSSLError, "certificate"),
    (aiohttp.ClientError, "no_connection"),
    (OSError, "no_connection"),
    (ValueError, "bad_address"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """How a page answered: its status after redirects, or None and a word for why there was none.

    `problem`: timeout, no_such_host, certificate, no_connection, bad_address, private_address, redirects; or empty.
    """

    status: int | None
    problem: str = ""


class Web(Protocol):
    """Anything that can look at a page."""

    async def look(self, url: str) -> Answer:
        """Ask for a page's head, and for the page itself where that is refused; never raises for what the page does."""


class PrivateAddress(OSError):
    """A name or a link leads to where the open web isn't."""


class AiohttpWeb:
    """Looks through one client; pages keep nothing of us: no cookies, no connection."""

    def __init__(self, session: aiohttp.ClientSession, *, may_be_private: bool) -> None:
        self._session = session
        self._may_be_private = may_be_private

    async def look(self, url: str) -> Answer:
        refuse_in_transaction()
        answer = await self._asked("HEAD", url)
        if answer.status in _WELL or answer.problem == "private_address":
            return answer
        return await self._asked("GET", url)  # many sites answer HEAD wrongly or not at all

    async def _asked(self, method: str, url: str) -> Answer:
        try:
            async with asyncio.timeout(SECONDS):
                return await self._followed(method, URL(url))
        except PrivateAddress:
            return Answer(None, "private_address")
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            return Answer(None, _word(error))

    async def _followed(self, method: str, url: URL) -> Answer:
        for _ in range(REDIRECTS + 1):
            self._refuse_private(url)
            async with self._session.request(method, url, allow_redirects=False) as response:
                there = response.headers.get("Location")
                response.close()  # the body is never read
            if response.status not in _MOVED or there is None:
                return Answer(response.status)
            url = url.join(URL(there))
        return Answer(None, "redirects")

    def _refuse_private(self, url: URL) -> None:
        """A literal address is never resolved, so it is looked at here."""
        if url.scheme not in ("http", "https") or not url.host:
            raise ValueError("not a page on the web")
        if not self._may_be_private and _is_literal(url.host) and not is_public(url.host):
            raise PrivateAddress(url.host)


def _word(error: BaseException) -> str:
    if isinstance(error.__cause__, PrivateAddress) or isinstance(getattr(error, "os_error", None), PrivateAddress):
        return "private_address"
    return next(word for kind, word in _FAILURES if isinstance(error, kind))


def _is_literal(host: str) -> bool:
    """Whether the client would take a host for an address and resolve nothing: digits and dots in any number."""
    return ":" in host or host.replace(".", "").isdigit()


class PublicOnly(AbstractResolver):
    """Resolves names and gives only addresses on the open web; raises PrivateAddress when there is none."""

    def __init__(self, resolver: AbstractResolver) -> None:
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AddressFamily.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        public = [one for one in found if is_public(one["host"])]
        if found and not public:
            raise PrivateAddress(host)
        return public

    async def close(self) -> None:
        await self._resolver.close()


@asynccontextmanager
async def open_web(*, may_be_private: bool = False) -> AsyncIterator[Web]:
    """Open a client; `may_be_private` lets links lead to private and loopback addresses (tests, an intranet)."""
    resolver = DefaultResolver() if may_be_private else PublicOnly(DefaultResolver())
    connector = aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False, force_close=True)
    agent = {"User-Agent": "Mozilla/5.0 (compatible; wuwei-link-check)", "Accept": "*/*"}
    async with aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), headers=agent, trust_env=False
    ) as session:
        yield AiohttpWeb(session, may_be_private=may_be_private)
