"""The proof holds what its page says, and anybody checks it as the page tells, with the published key alone."""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from asyncpg import RaiseError
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from backend import consents
from backend.access import Actor
from backend.financing import errors
from backend.financing.consent import consenting, proof, reading
from backend.financing.consent.consenting import SEPARATE_TEXT, TEXT
from backend.financing.referrals import referring, second_look
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.runtime import Runtime
from tests.backend.financing.people import bank, owner, product, referred
from tests.backend.financing.referrals.test_referring import REFUSAL

PAGE = (Path(__file__).parents[4] / "docs/financing-proof.md").read_text("utf-8")
EXAMPLE = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0]
KEY = re.findall(r"export KEY=(\S+)", PAGE)[0]
SPLIT = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[0]


def _follows_the_page(folder: Path, told: str, key: str) -> None:
    """Do what the page says with a proof; its last command is openssl's, here the same check by a library."""
    (folder / "proof.json").write_text(told, encoding="utf-8")
    (folder / "split.py").write_text(SPLIT, encoding="utf-8")
    subprocess.run([sys.executable, "split.py"], cwd=folder, env={**os.environ, "KEY": key}, check=True)
    public = load_der_public_key((folder / "key.der").read_bytes())
    assert isinstance(public, Ed25519PublicKey)
    public.verify((folder / "signature.bin").read_bytes(), (folder / "payload.bin").read_bytes())


def test_the_worked_example_holds_and_one_changed_word_does_not(tmp_path: Path) -> None:
    _follows_the_page(tmp_path, EXAMPLE, KEY)
    with pytest.raises(InvalidSignature):
        _follows_the_page(tmp_path, EXAMPLE.replace("湖州演示银行", "湖州别家银行"), KEY)


async def _exported(running: Runtime) -> tuple[Actor, dict[str, Any]]:
    institution, _, desk = await bank()
    person, _ = await owner(running, basis="registered_phone")
    sent = await referred(person, await product(institution))
    await reading.read(sent.id, actor=desk)
    await consenting.revoke(sent.consent_id, "另有安排", actor=person)
    return person, await proof.export(sent.consent_id, actor=person)


async def test_a_real_one_is_checked_in_the_same_way(running: Runtime, tmp_path: Path) -> None:
    _, made = await _exported(running)
    _follows_the_page(tmp_path, json.dumps(made, ensure_ascii=False, indent=2), proof.public_key())


async def test_it_holds_who_what_for_how_long_and_its_end(running: Runtime) -> None:
    person, made = await _exported(running)
    told = made["payload"]["consent"]
    assert (told["recipient"], told["contact"], told["method"]) == ("甲银行", "0572-1234567", "desk")
    assert (told["signed_as"], told["identified_by"]) == ("representative", "registered_phone")
    assert (told["person_id"], told["signed_from"]) == (str(person.id), "127.0.0.1 微信")
    texts = [hashlib.sha256(consents.text(one).body.encode()).hexdigest() for one in (TEXT, SEPARATE_TEXT)]
    assert [told["text_sha256"], told["sensitive_sha256"]] == texts
    assert set(told["field_titles"]) == {*told["fields"], *told["sensitive_fields"]}
    assert set(told["kind_titles"]) == set(told["kinds"])
    assert (told["end"]["how"], told["end"]["reason"]) == ("revoked", "另有安排")
    (read,) = made["payload"]["reads"]
    assert read["fields"] == told["fields"] + told["sensitive_fields"]
    assert (read["desk"], read["reader"]) == ("普惠部", "工作人员")


async def test_the_page_names_all_that_it_holds(running: Runtime) -> None:
    _, made = await _exported(running)
    named = set(re.findall(r"`([a-z0-9_]+)`", PAGE))
    payload = made["payload"]
    assert {*payload["consent"], *payload["reads"][0], *payload["consent"]["end"]} <= named
    assert json.loads(EXAMPLE)["payload"]["consent"].keys() == payload["consent"].keys()


async def test_one_that_holds_has_no_end_yet_and_later_it_has(running: Runtime, clock: clock_module.Frozen) -> None:
    institution, _, _ = await bank()
    person, _ = await owner(running)
    sent = await referred(person, await product(institution), expires_on=clock_module.today() + timedelta(days=2))
    made = await proof.export(sent.consent_id, actor=person)
    assert made["payload"]["consent"]["end"] is None
    clock.advance(timedelta(days=3))
    later = await proof.export(sent.consent_id, actor=person)
    assert later["payload"]["consent"]["end"]["how"] == "expired"
    assert base64.b64decode(later["public_key"]) == base64.b64decode(made["public_key"])


async def test_while_it_is_looked_at_again_it_is_not_over(running: Runtime) -> None:
    institution, _, desk = await bank()
    person, _ = await owner(running)
    sent = await referred(person, await product(institution))
    taken = await referring.accept(sent.id, actor=desk, version=sent.version)
    await referring.refuse(sent.id, REFUSAL, actor=desk, version=taken.version)
    refused = await proof.export(sent.consent_id, actor=person)
    assert refused["payload"]["consent"]["end"]["how"] == "referral_over"
    await second_look.ask(sent.id, "请再看", actor=person)
    await reading.read(sent.id, actor=desk)
    assert (await proof.export(sent.consent_id, actor=person))["payload"]["consent"]["end"] is None


async def test_a_stranger_gets_none(running: Runtime) -> None:
    institution, _, _ = await bank()
    person, _ = await owner(running)
    stranger, _ = await owner(running, 2)
    sent = await referred(person, await product(institution))
    with pytest.raises(errors.ConsentUnknown):
        await proof.export(sent.consent_id, actor=stranger)


@pytest.mark.parametrize(
    "change",
    [
        "text_hash = 'x'::bytea",
        "fields = '{name,uscc,revenue_wan}'",
        "recipient = '乙银行'",
        "purpose = '营销'",
        "signed_at = signed_at - interval '1 day'",
        "expires_at = expires_at + interval '1 day'",
        "revoked_at = NULL, reads_before_revoke = NULL",
        "signed_from = '别处'",
        "person_id = uuidv7()",
    ],
)
async def test_what_was_signed_is_never_written_over(running: Runtime, change: str) -> None:
    institution, _, _ = await bank()
    person, _ = await owner(running)
    sent = await referred(person, await product(institution))
    await consenting.revoke(sent.consent_id, "", actor=person)
    with pytest.raises(RaiseError):
        await db.execute(f"UPDATE financing_consents SET {change}")


async def test_what_was_read_is_never_written_over(running: Runtime) -> None:
    institution, _, desk = await bank()
    person, _ = await owner(running)
    sent = await referred(person, await product(institution))
    await reading.read(sent.id, actor=desk)
    with pytest.raises(RaiseError):
        await db.execute("UPDATE financing_reads SET fields = '{}'")
