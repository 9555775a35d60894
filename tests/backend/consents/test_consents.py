"""Consents: the very text, once, by the person himself, taken back for good."""

import asyncio
import hashlib
from pathlib import Path

import pytest

from backend import consents
from backend.access import SYSTEM, Actor, ActorKind
from backend.consents import personal, texts
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden, NotFound
from backend.foundation.ids import random_id

pytestmark = pytest.mark.usefixtures("database")
OWNER = Actor(ActorKind.OWNER, random_id(), "张三")
PERSON = OWNER.id or random_id()

# A released text never changes: its digest is what people agreed to.
RELEASED = {
    ("privacy", "2026-11"): "43946a2eb48efbe8db6189b35939139fcfbf96e25bc8641f79fa6e866e0ac0f7",
    ("financing_sharing", "2026-11"): "1c6b8ddd7fd2593336021b5771140bc349ddb0e98c935537b848cdf1d69a16b4",
    ("financing_personal", "2026-11"): "584e04c87fc2252484086eca0b349bff65393b4bfd77fb01a53aa3b3da382ab8",
    ("financing_sharing", "2026-12"): "d091cafd184ea40da9c7dc02f59eaa202aff62671d01b9277f78cf5875dad7ec",
    ("financing_personal", "2026-12"): "beca79d08666cb780b4663f26263fe2917597ed341fa4b65c9ec76e9ea8f486f",
}


async def _give() -> consents.Consent:
    return await consents.give(OWNER, "privacy", version="2026-11", given_from="mini_program")


def test_released_texts_are_as_they_were_released() -> None:
    assert {key: text.digest.hex() for key, text in texts.TEXTS.items()} == RELEASED


def test_the_newest_version_is_in_force(tmp_path: Path) -> None:
    for version in ("2026-11", "2027-01", "2026-12"):
        (tmp_path / f"privacy-{version}.md").write_text(version)
    loaded = [texts._load(file) for file in sorted(tmp_path.glob("*.md"))]
    assert {text.purpose: text.version for text in loaded} == {"privacy": "2027-01"}
    assert loaded[0].digest == hashlib.sha256(b"2026-11").digest()


async def test_a_consent_notes_text_time_and_way(clock: Frozen) -> None:
    consent = await _give()
    assert (consent.text_version, consent.given_from, consent.given_at) == ("2026-11", "mini_program", clock.now())
    assert consent.text_hash == consents.text("privacy").digest
    assert await consents.latest(PERSON, "privacy") == consent
    assert await db.fetch_value("SELECT action FROM audit_entries") == "consents.given"


async def test_agreeing_again_changes_nothing_even_at_once() -> None:
    given = await asyncio.gather(*(_give() for _ in range(8)))
    assert len({consent.id for consent in given}) == 1
    assert await db.fetch_value("SELECT count(*) FROM consents") == 1


async def test_another_version_than_the_one_in_force_is_refused() -> None:
    with pytest.raises(consents.TextChanged):
        await consents.give(OWNER, "privacy", version="2025-01")
    with pytest.raises(NotFound):
        await consents.give(OWNER, "nothing", version="2026-11")


@pytest.mark.parametrize("actor", [SYSTEM, Actor(ActorKind.STAFF, random_id())])
async def test_nobody_consents_for_another(actor: Actor) -> None:
    with pytest.raises(Forbidden):
        await consents.give(actor, "privacy", version="2026-11")


async def test_a_consent_taken_back_is_over_and_can_be_given_anew() -> None:
    first = await _give()
    assert await consents.revoke(OWNER, "privacy") is True
    assert await consents.revoke(OWNER, "privacy") is False
    with pytest.raises(consents.ConsentNeeded):
        await consents.require(PERSON, "privacy")
    second = await _give()
    assert second.id != first.id
    assert await consents.require(PERSON, "privacy") == second


async def test_an_older_version_is_not_enough_once_a_newer_is_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    await _give()
    newer = texts.Text("privacy", "2027-01", "新", b"n")
    monkeypatch.setitem(texts.CURRENT, "privacy", newer)
    with pytest.raises(consents.ConsentNeeded):
        await consents.require(PERSON, "privacy")


async def test_a_person_sees_all_and_leaving_takes_all_back_but_keeps_the_proof() -> None:
    await _give()
    assert [item["purpose"] for item in (await personal.export(PERSON))["consents"]] == ["privacy"]
    assert await personal.erase(PERSON) == 1
    assert await consents.latest(PERSON, "privacy") is None
    assert await db.fetch_value("SELECT count(*) FROM consents WHERE revoked_at IS NOT NULL") == 1
