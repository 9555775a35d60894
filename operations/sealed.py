"""A stream sealed with a passphrase: what is read back is what was written, whole and in order, or an error.

Layout: magic, salt, then pieces of one mebibyte under AES-256-GCM, whose nonces hold the piece's number and whether
it is the last. A piece altered, moved or missing, or an end cut off, therefore cannot be opened. The key comes from
the passphrase by scrypt with a fresh salt, so no two files share one.
"""

import secrets
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from operations.processes import OperationsError

_MAGIC = b"wuwei backup 1\n"
_SALT = 16
_PIECE = 1 << 20
_TAG = 16
_COST = 1 << 15  # of scrypt: 32 MiB and about 0.1 s for each guess


def _cipher(passphrase: str, salt: bytes) -> AESGCM:
    return AESGCM(Scrypt(salt=salt, length=32, n=_COST, r=8, p=1).derive(passphrase.encode()))


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


class SealedWriter:
    """Seals what is written to it into `target`; only `close` makes the file whole."""

    def __init__(self, target: BinaryIO, passphrase: str) -> None:
        salt = secrets.token_bytes(_SALT)
        self._target, self._cipher, self._number = target, _cipher(passphrase, salt), 0
        self._head, self._pending = _MAGIC + salt, bytearray()
        target.write(self._head)

    def write(self, data: bytes) -> int:
        self._pending += data
        while len(self._pending) > _PIECE:
            self._emit(bytes(self._pending[:_PIECE]), is_last=False)
            del self._pending[:_PIECE]
        return len(data)

    def close(self) -> None:
        self._emit(bytes(self._pending), is_last=True)

    def _emit(self, piece: bytes, *, is_last: bool) -> None:
        self._target.write(self._cipher.encrypt(_nonce(self._number, is_last=is_last), piece, self._head))
        self._number += 1


class SealedReader:
    """Opens what `SealedWriter` sealed; raises OperationsError for a wrong passphrase or a spoilt file."""

    def __init__(self, source: BinaryIO, passphrase: str) -> None:
        self._head = source.read(len(_MAGIC) + _SALT)
        if len(self._head) < len(_MAGIC) + _SALT or not self._head.startswith(_MAGIC):
            raise OperationsError("this is no backup made by 'wuwei backup'")
        self._cipher = _cipher(passphrase, self._head[len(_MAGIC) :])
        self._source, self._number, self._open = source, 0, b""
        self._next = source.read(_PIECE + _TAG)
        if not self._next:
            raise OperationsError("the backup is cut off: nothing was restored")

    def read(self, size: int) -> bytes:
        """Return at most `size` bytes; nothing at the end."""
        if not self._open and self._next:
            self._open = self._open_next()
        data, self._open = self._open[:size], self._open[size:]
        return data

    def _open_next(self) -> bytes:
        piece, self._next = self._next, self._source.read(_PIECE + _TAG)
        try:
            plain = self._cipher.decrypt(_nonce(self._number, is_last=not self._next), piece, self._head)
        except InvalidTag:
            told = "the backup is altered or cut off" if self._number else "wrong passphrase, or an altered backup"
            raise OperationsError(f"{told}: nothing was restored") from None
        self._number += 1
        return plain
