"""The sender's crypto gives what five SDKs' own test vectors say."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox import crypto

_VECTORS = json.loads((Path(__file__).parents[1] / "data" / "wechat_vectors.json").read_bytes())["vectors"]


def _of(*kinds: str) -> Any:
    found = [vector for vector in _VECTORS if vector["kind"] in kinds and not vector.get("negative")]
    return [pytest.param(vector, id=vector["id"]) for vector in found]


@pytest.mark.parametrize("vector", _of("aes_encrypt"))
def test_encrypts_as_the_vectors(vector: dict[str, Any]) -> None:
    key = crypto.aes_key(vector["encoding_aes_key"])
    random16, plain = vector["random16"].encode(), vector["plaintext"].encode()
    assert crypto.encrypt(key, vector["receive_id"], plain, random16) == vector["encrypt"]


@pytest.mark.parametrize("vector", _of("aes_encrypt", "aes_decrypt", "aes_url_verify"))
def test_signs_cipher_texts_as_the_vectors(vector: dict[str, Any]) -> None:
    if "msg_signature" in vector:
        signed = crypto.sign(vector["token"], vector["timestamp"], vector["nonce"], vector["encrypt"])
        assert signed == vector["msg_signature"]


@pytest.mark.parametrize("vector", _of("sha1_sorted"))
def test_signs_plain_parts_as_the_vectors(vector: dict[str, Any]) -> None:
    assert crypto.sign(*vector["parts"]) == vector["signature"]
