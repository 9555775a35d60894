"""Where a request really comes from: a header is believed only from a proxy the operator named."""

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final

from sanic import Request

Networks = tuple[IPv4Network | IPv6Network, ...]

ANONYMOUS: Final = "/api/public/v1/salon-feedback"
"""Whoever knocks here is nobody: his address is neither logged nor counted (`salons/nobody.py`)."""
_MOST_HOPS: Final = 20
_WITH_PORT: Final = re.compile(r"\[([^\]]+)\](?::\d+)?|([\d.]+):\d+")
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")


def networks(texts: Sequence[str]) -> Networks:
    return tuple(ip_network(text, strict=False) for text in texts)


@lru_cache(maxsize=10_000)
def plain(address: str) -> str:
    """Return an address without port and brackets, an IPv4 one as such even where a socket speaks both.

    Otherwise all who come by IPv4 would be one network of IPv6, and a proxy of ours would not be known.
    """
    found = _WITH_PORT.fullmatch(address)
    try:
        parsed = ip_address((found[1] or found[2]) if found else address)
    except ValueError:
        return address
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)


def is_within(address: str, trusted: Networks) -> bool:
    try:
        parsed = ip_address(plain(address))
    except ValueError:
        return False
    return any(parsed in network for network in trusted)


def client_address(peer: str, forwarded: Sequence[str], trusted: Networks) -> str:
    """Return the rightmost address that no trusted proxy stands for; the peer's own when it is no proxy of ours."""
    hops = [hop.strip() for line in forwarded for hop in line.split(",")][-_MOST_HOPS:]
    address = peer
    while hops and is_within(address, trusted):
        address = hops.pop()
    return plain(address)


def address_of(request: Request) -> str:
    if request.path == ANONYMOUS:
        return "anonymous"
    trusted: Networks = request.app.ctx.trusted
    if not trusted:
        return plain(request.ip)
    return client_address(request.ip, request.headers.getall("x-forwarded-for", []), trusted)


def given_request_id(request: Request) -> str | None:
    """Return the id a trusted proxy gave the request, when it is one."""
    text = request.headers.get("x-request-id", "")
    if _REQUEST_ID.fullmatch(text) and is_within(request.ip, request.app.ctx.trusted):
        return text
    return None
