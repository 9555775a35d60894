"""Encryption at rest: bound to its place, readable under old keys, worthless when altered."""

import base64
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.foundation.secrets import (
    Undecryptable,
    Vault,
    hash_token,
    mask_name,
    mask_phone,
    new_key,
    parse_keys,
)
from backend.foundation.settings import SettingsError
from tests.support.running import make_settings


def _ring(*letters: str) -> dict[str, bytes]:
    return parse_keys(",".join(f"{n}:{base64.b64encode(n.encode() * 32).decode()}" for n in letters), "KEYS")


AES = Vault(_ring("a"), _ring("i"), b"s" * 32)
SM4 = replace(AES, algorithm="sm4-gcm")
PLACE = {"table": "persons", "column": "phone_sealed", "row": 7}
VAULTS = pytest.mark.parametrize("vault", [AES, SM4], ids=["aes", "sm4"])


@VAULTS
@given(text=st.text(max_size=60))
def test_what_is_sealed_opens_again_and_never_looks_the_same(vault: Vault, text: str) -> None:
    sealed, again = vault.encrypt(text, **PLACE), vault.encrypt(text, **PLACE)
    assert vault.decrypt(sealed, **PLACE) == text
    assert sealed != again


@VAULTS
@pytest.mark.parametrize("elsewhere", [{"table": "staff"}, {"column": "name_sealed"}, {"row": 8}])
def test_a_text_moved_to_another_place_does_not_open(vault: Vault, elsewhere: dict[str, object]) -> None:
    sealed = vault.encrypt("13800000000", **PLACE)
    with pytest.raises(Undecryptable):
        vault.decrypt(sealed, **{**PLACE, **elsewhere})


@VAULTS
def test_every_altered_bit_is_noticed(vault: Vault) -> None:
    sealed = vault.encrypt("13800000000", **PLACE)
    for at in range(len(sealed)):
        altered = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(Undecryptable):
            vault.decrypt(altered, **PLACE)


@given(st.binary(max_size=60))
def test_no_bytes_whatever_open_or_upset_it(noise: bytes) -> None:
    with pytest.raises(Undecryptable):
        AES.decrypt(noise, **PLACE)


def test_old_keys_and_algorithms_stay_readable_and_a_lost_key_does_not() -> None:
    sealed = AES.encrypt("13800000000", **PLACE)
    newer = replace(SM4, encryption=_ring("b", "a"))
    assert newer.decrypt(sealed, **PLACE) == "13800000000"
    assert newer.encrypt("x", **PLACE).startswith(newer.head())
    assert sealed.startswith(AES.head())
    assert not sealed.startswith(newer.head())
    with pytest.raises(Undecryptable):
        replace(AES, encryption=_ring("b")).decrypt(sealed, **PLACE)


def test_a_blind_index_is_equal_for_equal_values_of_one_column_and_key() -> None:
    index = AES.blind_index("13800000000", column="phone")
    assert index == AES.blind_index("13800000000", column="phone")
    assert index.startswith(AES.index_head())
    assert index != AES.blind_index("13800000001", column="phone")
    assert index != AES.blind_index("13800000000", column="name")
    newer = replace(AES, index=_ring("j", "i"))
    assert index in newer.blind_indexes("13800000000", column="phone")
    assert index != newer.blind_index("13800000000", column="phone")
    assert b"138" not in index


def test_a_signature_fits_one_message() -> None:
    signature = AES.sign("file:1")
    assert AES.is_signed("file:1", signature)
    for message, other in (("file:2", signature), ("file:1", signature[:-1]), ("file:1", "图\udc80"), ("", "")):
        assert not AES.is_signed(message, other)


_SHORT, _WHOLE = base64.b64encode(b"short").decode(), base64.b64encode(b"k" * 32).decode()


@pytest.mark.parametrize(
    "text", ["", ",", "a", "a:", "a:?", "a:钥匙", f"a:{_SHORT}", f":{_WHOLE}", f"{'n' * 33}:{_WHOLE}"]
)
def test_a_wrong_ring_of_keys_is_refused_by_name(text: str) -> None:
    with pytest.raises(SettingsError, match="WUWEI_KEYS"):
        parse_keys(text, "WUWEI_KEYS")


def test_two_keys_of_one_name_are_refused() -> None:
    with pytest.raises(SettingsError, match="two keys 'a'"):
        parse_keys(f"a:{new_key()},a:{new_key()}", "KEYS")


@pytest.mark.parametrize("key", ["", "short", "钥匙", f"a:{_WHOLE}", f"{_WHOLE},{_WHOLE}"])
def test_a_wrong_signing_key_is_refused_by_name(key: str) -> None:
    settings = make_settings("postgresql://u:p@127.0.0.1/w", "redis://127.0.0.1", signing_key=key)
    with pytest.raises(SettingsError, match=r"^WUWEI_SIGNING_KEY must be 32 bytes in base64$"):
        Vault.from_settings(settings)


def test_what_a_former_key_signed_is_taken_until_that_key_is_left_out() -> None:
    made = [new_key() for _ in range(2)]
    urls = ("postgresql://u:p@127.0.0.1/w", "redis://127.0.0.1")
    before = Vault.from_settings(make_settings(*urls, signing_key=made[0]))
    both = Vault.from_settings(make_settings(*urls, signing_key=made[1], former_signing_keys=f" {made[0]}, "))
    alone = Vault.from_settings(make_settings(*urls, signing_key=made[1]))
    signature = before.sign("a link")
    assert [one.is_signed("a link", signature) for one in (before, both, alone)] == [True, True, False]
    assert both.sign("a link") == alone.sign("a link") != signature
    with pytest.raises(SettingsError, match="WUWEI_FORMER_SIGNING_KEYS"):
        Vault.from_settings(make_settings(*urls, former_signing_keys=f"{made[0]},short"))


def test_new_keys_are_fit_and_different() -> None:
    assert parse_keys(f"a:{new_key()}, b:{new_key()}", "KEYS").keys() == {"a", "b"}
    assert new_key() != new_key()


def test_masks_and_token_hashes_give_nothing_away() -> None:
    assert mask_phone("13812345678") == "138****5678"
    assert mask_phone("123") == "****"
    assert mask_name("欧阳修") == "欧**"
    assert mask_name("李") == "李*"
    assert hash_token("t") == hash_token("t") != hash_token("u")
