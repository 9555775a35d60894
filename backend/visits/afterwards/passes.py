"""The pass that an owner's phone shows at the door: signed, short-lived, for one party of one visit, good once.

Nothing of it is stored until it is used. Its signature covers a name of its own, so that nothing else the installation
signs is a pass, nor a pass anything else.
"""

import base64
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import segno

from backend import runtime
from backend.foundation import clock
from backend.foundation.ids import random_id
from backend.visits.afterwards.errors import PassForged

VALID: Final = timedelta(minutes=5)
_HEAD: Final = "FW1"
_BODY: Final = struct.Struct(">16s16s16sq")


@dataclass(frozen=True, slots=True)
class Pass:
    """What a pass says; `nonce` makes it good once."""

    visit_id: UUID
    enterprise_id: UUID
    nonce: UUID
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """A pass as a phone shows it: the token as text, as SVG, and as a PNG that stands in an address (`data:`)."""

    token: str
    expires_at: datetime
    svg: str
    png: str


def fresh(visit_id: UUID, enterprise_id: UUID) -> Pass:
    """Return a pass that is good from now on for VALID."""
    expires = clock.now().replace(microsecond=0) + VALID
    return Pass(visit_id, enterprise_id, random_id(), expires)


def show(made: Pass) -> Shown:
    """Return a pass with its picture."""
    token = write(made)
    code = segno.make(token, error="m", micro=False)
    return Shown(token, made.expires_at, code.svg_inline(scale=4), code.png_data_uri(scale=6))


def write(made: Pass) -> str:
    """Return the token of a pass."""
    expires = int(made.expires_at.timestamp())
    body = _BODY.pack(made.visit_id.bytes, made.enterprise_id.bytes, made.nonce.bytes, expires)
    text = base64.urlsafe_b64encode(body).rstrip(b"=").decode()
    return f"{_HEAD}.{text}.{runtime.current().vault.sign(_signed(text))}"


def read(token: str) -> Pass:
    """Return what a token says, expired or not; raises PassForged for whatever we did not sign."""
    head, _, rest = token.partition(".")
    text, _, signature = rest.partition(".")
    if head != _HEAD or not runtime.current().vault.is_signed(_signed(text), signature):
        raise PassForged
    visit, enterprise, nonce, expires = _BODY.unpack(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    at = datetime.fromtimestamp(expires, UTC)
    return Pass(UUID(bytes=visit), UUID(bytes=enterprise), UUID(bytes=nonce), at)


def _signed(text: str) -> str:
    return f"visit-pass:{text}"
