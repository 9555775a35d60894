"""Short signed texts that anybody verifies with a public key and without a network (Ed25519, RFC 8032).

A ticket is `payload ‖ signature`, base64url without padding. The key is derived from `WUWEI_SIGNING_KEY` for this use
alone (HKDF-SHA256, RFC 5869): nothing signed elsewhere passes for a ticket. A payload says by which key it is signed
(`key_id`), so that the key can be changed while tickets are out.
"""

import base64
import binascii
from functools import lru_cache
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SIGNATURE: Final = 64
"""Bytes of a signature."""
KEY_ID: Final = 4
"""Bytes of a key's name; it tells keys apart, it proves nothing."""
_USE: Final = b"wuwei/tickets/1"
_LONGEST: Final = 400


class Forged(Exception):
    """It is no ticket, or nobody who has the key signed it."""


@lru_cache(maxsize=4)
def private_key(signing_key: str) -> Ed25519PrivateKey:
    """Return the key of tickets; `signing_key` is the setting's base64."""
    seed = HKDF(SHA256(), 32, salt=None, info=_USE).derive(base64.b64decode(signing_key))
    return Ed25519PrivateKey.from_private_bytes(seed)


def public_key(key: Ed25519PrivateKey) -> bytes:
    """Return the 32 bytes with which whoever reads tickets verifies them."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def key_id(public: bytes) -> bytes:
    """Return the short name of a key."""
    return sha256(public).digest()[:KEY_ID]


def sign(payload: bytes, key: Ed25519PrivateKey) -> str:
    return base64.urlsafe_b64encode(payload + key.sign(payload)).rstrip(b"=").decode()


def claimed(ticket: str) -> tuple[bytes, bytes]:
    """Return what a ticket says and its signature, which nobody has looked at yet; raises Forged."""
    try:
        if len(ticket) > _LONGEST:
            raise Forged
        whole = base64.b64decode(ticket.encode("ascii") + b"=" * (-len(ticket) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError, ValueError):
        raise Forged from None
    return whole[:-SIGNATURE], whole[-SIGNATURE:]


def is_signed(payload: bytes, signature: bytes, public: bytes) -> bool:
    """Tell whether a payload is signed by whoever has the private key to this public one."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, payload)
    except (InvalidSignature, ValueError):
        return False
    return True
