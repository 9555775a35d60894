"""The cryptography of WeChat's pushes: signatures compared in constant time, AES opened strictly."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_KEY_BYTES = 32
_BLOCK = 32  # WeChat pads to 32 bytes, twice the cipher's own block
_RANDOM = 16
_LENGTH = 4


class Undecipherable(Exception):
    """Not sealed with this key, for this account, in WeChat's form."""


def sha1_of_sorted(*parts: str) -> str:
    """Return the hex sha1 over the sorted parts, WeChat's way to sign."""
    text = "".join(sorted(parts))
    return hashlib.sha1(text.encode(errors="surrogatepass"), usedforsecurity=False).hexdigest()


def same(ours: str, theirs: str) -> bool:
    """Compare two signatures in a time that tells nothing about where they differ."""
    return hmac.compare_digest(ours.encode(), theirs.encode(errors="surrogatepass"))


def strict_base64(text: str, problem: str) -> bytes:
    """Decode base64 that holds nothing else; raises Undecipherable naming the problem."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Undecipherable(problem) from None


def decrypt_cbc(key: bytes, iv: bytes, sealed: bytes) -> bytes:
    """Decrypt whole blocks, padding left on."""
    if not sealed or len(sealed) % 16:
        raise Undecipherable("no whole blocks")
    decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    return decryptor.update(sealed) + decryptor.finalize()


def unpad(padded: bytes, block: int) -> bytes:
    """Remove PKCS#7 padding; every one of its bytes must be right (lenient removers let garbage through)."""
    count = padded[-1] if padded else 0
    if not 1 <= count <= min(block, len(padded)) or padded[-count:] != bytes([count]) * count:
        raise Undecipherable("wrong padding")
    return padded[:-count]


@dataclass(frozen=True, slots=True)
class PushKeys:
    """Token, key and appid of one account; `key` is the decoded EncodingAESKey."""

    appid: bytes
    token: str = field(repr=False)
    key: bytes = field(repr=False)

    @classmethod
    def of(cls, appid: str, token: str, encoding_aes_key: str) -> "PushKeys":
        """Take the console's three values; raises Undecipherable when the 43 characters are no key."""
        key = strict_base64(encoding_aes_key + "=", "EncodingAESKey is no base64")
        if len(key) != _KEY_BYTES:
            raise Undecipherable("EncodingAESKey is not 32 bytes long")
        return cls(appid.encode(), token, key)

    def signature(self, timestamp: str, nonce: str) -> str:
        """Return the signature of the URL, which every push and the console's check carry."""
        return sha1_of_sorted(self.token, timestamp, nonce)

    def msg_signature(self, timestamp: str, nonce: str, sealed: str) -> str:
        """Return the signature that also covers the sealed message."""
        return sha1_of_sorted(self.token, timestamp, nonce, sealed)

    def open(self, sealed: str) -> bytes:
        """Open base64(AES(random16 | length | message | appid | padding)) and return the message.

        Raises Undecipherable unless padding, length and appid all fit.
        """
        raw = decrypt_cbc(self.key, self.key[:16], strict_base64(sealed, "no base64"))
        plain = unpad(raw, _BLOCK)[_RANDOM:]
        length = int.from_bytes(plain[:_LENGTH], "big")
        message, appid = plain[_LENGTH : _LENGTH + length], plain[_LENGTH + length :]
        if len(plain) < _LENGTH or len(message) != length:
            raise Undecipherable("wrong length")
        if not hmac.compare_digest(appid, self.appid):
            raise Undecipherable("sealed for another appid")
        return message
