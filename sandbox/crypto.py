"""WeChat's secure mode: signatures and AES of pushed events, from the sender's side."""

import base64
import hashlib
import struct
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_BLOCK = 32  # WeChat pads to 32 bytes, twice the cipher's own block


def sign(*parts: str) -> str:
    """sha1 over the sorted parts: (token, timestamp, nonce) or those and the cipher text."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


@lru_cache(maxsize=8)
def aes_key(encoding_aes_key: str) -> bytes:
    """The console's 43 characters are base64 without its last `=`."""
    return base64.b64decode(encoding_aes_key + "=")


def encrypt(key: bytes, appid: str, message: bytes, random16: bytes) -> str:
    """AES-256-CBC over random16 | length (4 bytes, big-endian) | message | appid, as base64."""
    plain = random16 + struct.pack(">I", len(message)) + message + appid.encode()
    pad = _BLOCK - len(plain) % _BLOCK
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()).decode()
