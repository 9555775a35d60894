"""The composition root: nothing without a handler, a person exported and erased in every module or in none."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from redis.asyncio import Redis

from backend import assembly, consents, files
from backend.access import Actor, ActorKind
from backend.assembly import OUTBOX_HANDLERS, PERSONAL, TOPICS, Incomplete, check
from backend.foundation import db
from backend.foundation.ids import random_id
from backend.foundation.personal import PersonalData
from backend.outbox import OutboxItem
from tests.support.running import make_settings, run

OWNER = Actor(ActorKind.OWNER, random_id(), "张三")
PERSON = OWNER.id or random_id()
PDF = b"%PDF-1.7\n%%EOF\n"


async def _never(_items: Sequence[OutboxItem]) -> None:
    raise AssertionError("not called")


def test_every_declared_topic_has_a_handler_and_the_other_way_round() -> None:
    check()
    assert set(TOPICS) == set(OUTBOX_HANDLERS)
    with pytest.raises(Incomplete, match=r"a\.b, c\.d"):
        check(("a.b",), {"c.d": _never})


def test_a_handler_may_not_stand_twice_under_one_name() -> None:
    assert len(set(TOPICS)) == len(TOPICS)
    assert len({module.module for module in PERSONAL}) == len(PERSONAL)


async def test_a_person_is_exported_and_erased_in_every_module(
    database: str, redis: Redis, redis_url: str, tmp_path: Path
) -> None:
    async with run(make_settings(database, redis_url, data_dir=tmp_path), redis):
        await consents.give(OWNER, "privacy", version="2026-11")
        await files.store(OWNER, "licence_photo", "a.pdf", PDF)
        copy = await assembly.export_person(PERSON)
        assert set(copy) == {module.module for module in PERSONAL}
        assert (len(copy["consents"]["consents"]), len(copy["files"]["files"])) == (1, 1)
        assert await assembly.erase_person(PERSON, cause="own wish") >= 2
        assert await assembly.erase_person(PERSON, cause="own wish") == 0
        assert (await assembly.export_person(PERSON))["files"] == {"files": []}
        assert await consents.latest(PERSON, "privacy") is None
    actions = {row["action"] for row in await db.fetch("SELECT action FROM audit_entries")}
    assert "persons.erased" in actions


@pytest.mark.usefixtures("running")
async def test_an_erasure_that_fails_in_one_module_happens_in_none(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(_person: UUID) -> Any:
        raise ValueError("no")

    await consents.give(OWNER, "privacy", version="2026-11")
    monkeypatch.setattr(assembly, "PERSONAL", (PersonalData("broken", (), fail, fail), *PERSONAL))
    with pytest.raises(ValueError, match="no"):
        await assembly.erase_person(PERSON, cause="own wish")
    assert await consents.latest(PERSON, "privacy") is not None
