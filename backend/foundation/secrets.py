"""Encryption at rest, blind indexes and masks for personal data.

A cipher text names its algorithm and key, so keys and algorithms can change while old rows stay readable, and it is
bound to table, column and row, so it cannot be moved to another place. Layout: version, algorithm, length of the key's
name, key's name, nonce (12), cipher text with tag (16).
"""

import base64
import hashlib
import hmac
import secrets as random
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backend.foundation.settings import Settings, SettingsError

VERSION: Final = 1
NONCE = 12
TAG = 16
ALGORITHMS: Final = {"aes-256-gcm": 1, "sm4-gcm": 2}
KEY_BYTES = 32
_NAME_LENGTH: Final = 32
_MASKABLE: Final = 7  # digits that a mask still hides some of


class Undecryptable(Exception):
    """The cipher text was altered, moved to another row, or its key is not in the ring."""


def parse_keys(text: str, name: str) -> dict[str, bytes]:
    """Read `name:base64,name:base64`; the first key is the one that writes. Raises SettingsError."""
    keys: dict[str, bytes] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        label, _, encoded = part.partition(":")
        key = _decoded(encoded)
        if not label or len(label) > _NAME_LENGTH or len(key) != KEY_BYTES:
            raise SettingsError(f"{name} must be name:base64-of-32-bytes, comma separated")
        if label in keys:
            raise SettingsError(f"{name} names two keys {label!r}: what one of them sealed could not be read")
        keys[label] = key
    if not keys:
        raise SettingsError(f"{name} holds no key")
    return keys


def _decoded(encoded: str) -> bytes:
    """Return the bytes of a key in base64, none for what is no base64."""
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError:
        return b""


def new_key() -> str:
    """Return a fresh 32-byte key in base64."""
    return base64.b64encode(random.token_bytes(KEY_BYTES)).decode()


def _bound_to(table: str, column: str, row: object) -> bytes:
    return f"{table}.{column}:{row}".encode()


@lru_cache(maxsize=8)
def _aes(key: bytes) -> AESGCM:
    """The cipher of a key: to set it up takes longer than to seal a phone number."""
    return AESGCM(key)


def _aes_seal(key: bytes, nonce: bytes, plain: bytes, bound: bytes) -> bytes:
    return _aes(key).encrypt(nonce, plain, bound)


def _aes_open(key: bytes, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
    return _aes(key).decrypt(nonce, sealed, bound)


def _sm4_seal(key: bytes, nonce: bytes, plain: bytes, bound: bytes) -> bytes:
    sealer = Cipher(algorithms.SM4(key[:16]), modes.GCM(nonce)).encryptor()
    sealer.authenticate_additional_data(bound)
    return sealer.update(plain) + sealer.finalize() + sealer.tag


def _sm4_open(key: bytes, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
    opener = Cipher(algorithms.SM4(key[:16]), modes.GCM(nonce, sealed[-TAG:])).decryptor()
    opener.authenticate_additional_data(bound)
    return opener.update(sealed[:-TAG]) + opener.finalize()


_OPEN: Final = {ALGORITHMS["aes-256-gcm"]: _aes_open, ALGORITHMS["sm4-gcm"]: _sm4_open}


def signing_keys(settings: Settings) -> list[str]:
    """Return the key that signs, and those that did before, as they are set."""
    former = settings.former_signing_keys.get_secret_value().split(",")
    return [settings.signing_key.get_secret_value(), *(key.strip() for key in former if key.strip())]


@dataclass(frozen=True, slots=True)
class Vault:
    """The keys of one installation and what is done with them."""

    encryption: dict[str, bytes]
    index: dict[str, bytes]
    signing: bytes
    algorithm: str = "aes-256-gcm"
    signed_before: tuple[bytes, ...] = ()

    @classmethod
    def from_settings(cls, settings: Settings) -> "Vault":
        signing, *signed_before = map(_decoded, signing_keys(settings))
        if len(signing) != KEY_BYTES:
            raise SettingsError("WUWEI_SIGNING_KEY must be 32 bytes in base64")
        if any(len(key) != KEY_BYTES for key in signed_before):
            raise SettingsError("WUWEI_FORMER_SIGNING_KEYS must be keys of 32 bytes in base64, comma separated")
        return cls(
            encryption=parse_keys(settings.encryption_keys.get_secret_value(), "WUWEI_ENCRYPTION_KEYS"),
            index=parse_keys(settings.index_keys.get_secret_value(), "WUWEI_INDEX_KEYS"),
            signing=signing,
            algorithm=settings.cipher,
            signed_before=tuple(signed_before),
        )

    def encrypt(self, plain: str, *, table: str, column: str, row: object) -> bytes:
        """Seal a text for exactly one table, column and row."""
        key = next(iter(self.encryption.values()))
        nonce = random.token_bytes(NONCE)
        bound = _bound_to(table, column, row)
        seal = _sm4_seal if self.algorithm == "sm4-gcm" else _aes_seal
        sealed = seal(key, nonce, plain.encode(), bound)
        return self.head() + nonce + sealed

    def decrypt(self, sealed: bytes, *, table: str, column: str, row: object) -> str:
        """Open what `encrypt` sealed for this very place; raises Undecryptable."""
        try:
            algorithm, name, nonce, body = _parts(sealed)
            key = self.encryption[name]
            bound = _bound_to(table, column, row)
            return _OPEN[algorithm](key, nonce, body, bound).decode()
        except (InvalidTag, KeyError, IndexError, ValueError) as error:
            raise Undecryptable(f"{table}.{column} of {row} cannot be read with the keys at hand") from error

    def head(self) -> bytes:
        """Return what every text sealed now begins with: version, algorithm and key; older ones begin otherwise."""
        name = next(iter(self.encryption)).encode()
        return bytes([VERSION, ALGORITHMS[self.algorithm], len(name)]) + name

    def index_head(self) -> bytes:
        """Return what every blind index made now begins with."""
        return next(iter(self.index)).encode() + b":"

    def blind_index(self, value: str, *, column: str) -> bytes:
        """Return what is stored beside the cipher text so that an equal value can be found."""
        name, key = next(iter(self.index.items()))
        return _index(name, key, value, column)

    def blind_indexes(self, value: str, *, column: str) -> list[bytes]:
        """Return the index under every key of the ring: search with `= ANY($1::bytea[])` while keys rotate."""
        return [_index(name, key, value, column) for name, key in self.index.items()]

    def sign(self, message: str) -> str:
        return _signature(self.signing, message)

    def is_signed(self, message: str, signature: str) -> bool:
        """Compare in constant time; what a former key signed is taken as well."""
        given = signature.encode("utf-8", "replace")
        made = [_signature(key, message).encode() for key in (self.signing, *self.signed_before)]
        return any(hmac.compare_digest(one, given) for one in made)


def _parts(sealed: bytes) -> tuple[int, str, bytes, bytes]:
    version, algorithm, length = sealed[0], sealed[1], sealed[2]
    if version != VERSION or len(sealed) < 3 + length + NONCE + TAG:
        raise ValueError("not a sealed text")
    start = 3 + length
    return algorithm, sealed[3:start].decode(), sealed[start : start + NONCE], sealed[start + NONCE :]


def _signature(key: bytes, message: str) -> str:
    return base64.urlsafe_b64encode(hmac.digest(key, message.encode(), "sha256")).rstrip(b"=").decode()


def _index(name: str, key: bytes, value: str, column: str) -> bytes:
    return name.encode() + b":" + hmac.digest(key, f"{column}:{value}".encode(), "sha256")


def hash_token(token: str) -> bytes:
    """Return what is stored of a random secret; it has 256 bits, so a plain digest is enough."""
    return hashlib.sha256(token.encode()).digest()


def mask_phone(phone: str) -> str:
    """Show the first three and last four digits: 138****0000."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= _MASKABLE else "****"


def mask_name(name: str) -> str:
    """Show the family name only: 张**."""
    return name[:1] + "*" * max(len(name) - 1, 1)
