"""Turns away mini-programs that are too old to be understood (426)."""

import re
from typing import Final

from sanic import Request

from backend.foundation.errors import ClientTooOld

HEADER: Final = "x-client-version"
_VERSION: Final = re.compile(r"(\d{1,6})\.(\d{1,6})\.(\d{1,6})")


def parse(text: str) -> tuple[int, ...] | None:
    found = _VERSION.fullmatch(text)
    return tuple(int(part) for part in found.groups()) if found else None


def check_client(request: Request) -> None:
    """Raise ClientTooOld for a client below the minimum; one that doesn't tell its version passes."""
    version = parse(request.headers.get(HEADER, ""))
    if version is not None and version < request.app.ctx.minimum_client:
        raise ClientTooOld
