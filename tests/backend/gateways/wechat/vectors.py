"""The test vectors of five SDKs and of the official pages, and the sender's side of secure mode."""

import base64
import struct
from pathlib import Path
from typing import Any

import orjson
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from backend.gateways.wechat.crypto import PushKeys

_FILE = Path(__file__).parents[3] / "data" / "wechat_vectors.json"
Vector = dict[str, Any]
VECTORS: list[Vector] = orjson.loads(_FILE.read_bytes())["vectors"]


def of_kind(*kinds: str) -> list[Vector]:
    found = [vector for vector in VECTORS if vector["kind"] in kinds]
    assert found
    return found


def name(vector: Vector) -> str:
    return str(vector["id"])


def keys_of(vector: Vector) -> PushKeys:
    return PushKeys.of(vector["receive_id"], vector["token"], vector["encoding_aes_key"])


def pad(plain: bytes, block: int = 32) -> bytes:
    count = block - len(plain) % block
    return plain + bytes([count]) * count


def encrypt(key: bytes, padded: bytes) -> str:
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def seal(keys: PushKeys, message: bytes, random16: bytes = b"0123456789abcdef") -> str:
    """Seal as WeChat does."""
    return encrypt(keys.key, pad(random16 + struct.pack(">I", len(message)) + message + keys.appid))
