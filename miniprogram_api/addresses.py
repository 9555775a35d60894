"""Where a request really comes from: a header is believed only from a proxy the operator named."""

import re
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final

from sanic import Request

Networks = tuple[IPv4Network | IPv6Network, ...]

_MOST_HOPS: Final = 20
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")


def networks(texts: Sequence[str]) -> Networks:
    return tuple(ip_network(text, strict=False) for text in texts)


def is_within(address: str, trusted: Networks) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in trusted)


def client_address(peer: str, forwarded: Sequence[str], trusted: Networks) -> str:
    """Return the rightmost address that no trusted proxy stands for; the peer's own when it is no proxy of ours."""
    hops = [hop.strip() for line in forwarded for hop in line.split(",")][-_MOST_HOPS:]
    address = peer
    while hops and is_within(address, trusted):
        address = hops.pop()
    return address


def address_of(request: Request) -> str:
    trusted: Networks = request.app.ctx.trusted
    if not trusted:
        return request.ip
    return client_address(request.ip, request.headers.getall("x-forwarded-for", []), trusted)


def given_request_id(request: Request) -> str | None:
    """Return the id a trusted proxy gave the request, when it is one."""
    text = request.headers.get("x-request-id", "")
    if _REQUEST_ID.fullmatch(text) and is_within(request.ip, request.app.ctx.trusted):
        return text
    return None
