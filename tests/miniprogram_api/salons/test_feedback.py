"""Feedback over HTTP: once, and nothing in any table or log ties it to whoever gave it."""

import logging
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest

from backend.access import SYSTEM
from backend.foundation import db
from backend.foundation.ids import random_id
from backend.runtime import Runtime
from backend.salons import errors, feedback
from miniprogram_api import access_log
from miniprogram_api.addresses import ANONYMOUS
from miniprogram_api.auth import Auth
from tests.backend.salons.people import hall, owners, published, sign_up
from tests.miniprogram_api.salons.test_joining import _owner
from tests.support.api import Api, serve

TABLES = """
SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind = 'r' AND pg_relation_size(c.oid) > 0 ORDER BY 1
"""


@pytest.fixture
async def door(running: Runtime) -> AsyncIterator[Api]:
    async with serve(running, authenticators={Auth.OWNER: _owner}) as client:
        yield client


async def _attended() -> tuple[UUID, UUID, UUID]:
    """A salon, the sign-up of somebody who came, and he."""
    salon_id = await published(hall(9))
    ((person, place),) = await owners(1)
    made = await sign_up(person, place, salon_id)
    await db.execute("UPDATE salon_signups SET state = 'attended' WHERE id = $1", made.id)
    assert person.id
    return salon_id, made.id, person.id


async def _everything(database: str) -> dict[str, str]:
    """Every row of every table, as text."""
    connection = await asyncpg.connect(database)
    names = [row["name"] for row in await connection.fetch(TABLES)]
    found = {}
    for name in names:
        rows = await connection.fetch(f'SELECT xmin::text AS transaction, t::text AS row FROM "{name}" t')
        found[name] = "\n".join(f"{row['transaction']} {row['row']}" for row in rows)
    await connection.close()
    return found


async def test_nothing_ties_what_was_said_to_whoever_said_it(
    door: Api, database: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="miniprogram_api.access")
    monkeypatch.setattr(access_log, "flush", lambda: None)
    _, signup_id, person_id = await _attended()
    headers = {"Authorization": f"Bearer {person_id}"}
    address = f"/api/owner/v1/salon-signups/{signup_id}/feedback-token"
    token = (await door.post(address, headers=headers)).json()["token"]
    drawn = await _everything(database)
    access_log._lines.clear()
    told = {"token": token, "rating": 4, "body": "讲得清楚"}
    forwarded = {**headers, "X-Forwarded-For": "203.0.113.7"}
    assert (await door.post(ANONYMOUS, json=told, headers=forwarded)).status_code == 204
    lines = b"".join(access_log._lines).decode()
    assert "salon-feedback" in lines
    assert not any(one in lines for one in (str(person_id), "127.0.0.1", "203.0.113"))
    given = await _everything(database)
    row = await db.fetch_one("SELECT id, xmin::text AS transaction FROM salon_feedback")
    assert row
    for name, rows in given.items():
        if name in ("salon_feedback", "salons", "salon_quotas", "salon_signups"):
            continue
        assert str(row["id"]) not in rows, name
        assert token not in rows, name
    ours = given["salon_feedback"] + drawn["salon_feedback_tokens"]
    assert not any(str(one) in ours for one in (signup_id, person_id))
    # Not even the number of the transaction that wrote the pool's row stands anywhere else.
    pool = drawn["salon_feedback_tokens"].split(" ")[0]
    assert [name for name, rows in drawn.items() if f"{pool} " in rows] == ["salon_feedback_tokens"]
    assert (await door.post(ANONYMOUS, json=told)).status_code == 409


async def test_a_token_is_drawn_once_and_only_by_who_came(door: Api) -> None:
    _, signup_id, person_id = await _attended()
    headers = {"Authorization": f"Bearer {person_id}"}
    address = f"/api/owner/v1/salon-signups/{signup_id}/feedback-token"
    assert (await door.post(address, headers=headers)).status_code == 200
    assert (await door.post(address, headers=headers)).json()["code"] == "salons.feedback_given"
    await db.execute("UPDATE salon_signups SET state = 'confirmed', feedback_token_given = FALSE")
    assert (await door.post(address, headers=headers)).json()["code"] == "salons.not_attended"


async def test_few_answers_are_not_shown_and_words_later_still(running: Runtime) -> None:
    salon_id = await published(hall(1))
    shown = []
    for number in range(1, 11):
        sql = "INSERT INTO salon_feedback (id, salon_id, on_day, rating, body) VALUES ($1, $2, current_date, 5, $3)"
        await db.execute(sql, random_id(), salon_id, f"第{number}份")
        shown.append(await feedback.results(salon_id, actor=SYSTEM))
    assert [one["is_shown"] for one in shown] == [False] * 4 + [True] * 6
    assert [len(one["words"]) for one in shown] == [0] * 9 + [10]
    with pytest.raises(errors.FeedbackGiven):
        await feedback.give("x" * 43, 5, "")
