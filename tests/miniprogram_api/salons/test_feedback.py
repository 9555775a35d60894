"""Feedback over HTTP: once, and nothing in any table or log ties it to whoever gave it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from backend.access import SYSTEM, Actor, ActorKind
from backend.foundation import clock, db
from backend.foundation.clock import Frozen
from backend.foundation.ids import random_id
from backend.foundation.secrets import hash_token
from backend.runtime import Runtime
from backend.salons import errors, feedback, mixing
from miniprogram_api import access_log
from miniprogram_api.addresses import ANONYMOUS
from miniprogram_api.auth import Auth
from miniprogram_api.limits import Limiter
from miniprogram_api.salons import nobody
from tests.backend.salons.people import hall, owners, published, sign_up
from tests.miniprogram_api.salons.test_joining import _owner
from tests.support.api import Api, serve

TABLES = """
SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind = 'r' AND pg_relation_size(c.oid) > 0 ORDER BY 1
"""

FILE = "SELECT pg_relation_filenode('salon_feedback')"


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


def _address(signup_id: UUID) -> str:
    return f"/api/owner/v1/salon-signups/{signup_id}/feedback-token"


def _changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """The tables in which something stands that did not, also if it only has another transaction's number."""
    return sorted(
        name for name, rows in after.items() if set(rows.splitlines()) - set(before.get(name, "").splitlines())
    )


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
    door: Api, running: Runtime, database: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="miniprogram_api.access")
    monkeypatch.setattr(access_log, "flush", lambda: None)
    _, signup_id, person_id = await _attended()
    headers = {"Authorization": f"Bearer {person_id}"}
    before = await _everything(database)
    token = (await door.post(_address(signup_id), headers=headers)).json()["token"]
    drawn = await _everything(database)
    # To draw writes one thing: that he drew. Nothing is there that could be brought together with the answer later.
    assert _changed(before, drawn) == ["salon_signups"]
    access_log._lines.clear()
    kept = set(await running.redis.keys("*"))
    told = {"token": token, "rating": 4, "body": "讲得清楚"}
    forwarded = {**headers, "X-Forwarded-For": "203.0.113.7"}
    assert (await door.post(ANONYMOUS, json=told, headers=forwarded)).status_code == 204
    lines = b"".join(access_log._lines).decode()
    assert "salon-feedback" in lines
    strangers = (str(person_id), "127.0.0.1", "203.0.113", token)
    assert not any(one in lines for one in strangers)
    counted = set(await running.redis.keys("*")) - kept
    assert not any(one in str(counted) for one in (*strangers, hash_token(token).hex()))
    given = await _everything(database)
    assert _changed(drawn, given) == ["salon_feedback", "salon_feedback_used"]
    mine = hash_token(token).hex()
    assert [name for name, rows in given.items() if mine in rows] == ["salon_feedback_used"]
    ours = given["salon_feedback"] + given["salon_feedback_used"]
    assert not any(str(one) in ours for one in (signup_id, person_id))
    assert not any(token in rows or token.split(".")[1] in rows for rows in given.values())
    assert (await door.post(ANONYMOUS, json=told)).status_code == 409


@pytest.mark.usefixtures("clock")
async def test_what_is_made_up_stops_nobody_who_has_a_token(running: Runtime) -> None:
    settings = running.settings.model_copy(update={"address_requests_per_minute": 3})
    _, signup_id, person_id = await _attended()
    token = await feedback.draw(signup_id, actor=Actor(ActorKind.OWNER, person_id))
    made_up = token[:-2] + ("AA" if token[-2:] != "AA" else "BB")
    async with serve(running, settings=settings) as door:
        tries = [{"token": made_up, "rating": 1}, {"token": made_up, "rating": 1}, {"rating": 9}, {"token": made_up}]
        codes = [(await door.post(ANONYMOUS, json=one)).status_code for one in tries]
        assert codes == [409, 409, 422, 429]
        told = {"token": token, "rating": 5}
        again = [(await door.post(ANONYMOUS, json=told)).status_code for _ in range(nobody.MOST + 1)]
        assert again == [204, *[409] * (nobody.MOST - 1), 429]


async def test_what_a_process_counts_for_itself_leaves_it_never(running: Runtime, clock: Frozen) -> None:
    limiter = Limiter(running.redis)
    limiter.admit("a:nobody", 9)
    limiter.admit("t:token", 9, is_shared=False)
    await limiter.share()
    kept = [key.decode() for key in await running.redis.keys("limit:*")]
    assert [key.rpartition(":")[0] for key in kept] == ["limit:a:nobody"]
    clock.advance(timedelta(minutes=1))
    await limiter.share()
    assert limiter._counts == {}


async def test_not_even_the_order_of_answers_is_that_of_those_who_answered(running: Runtime, database: str) -> None:
    """Each draws and answers at once; then only the numbers of transactions and the places in the file are left."""
    salon_id = await published(hall(12))
    words = [f"第{number}份" for number in range(12)]
    for (person, place), word in zip(await owners(12), words, strict=True):
        made = await sign_up(person, place, salon_id)
        await db.execute("UPDATE salon_signups SET state = 'attended' WHERE id = $1", made.id)
        await feedback.give(await feedback.draw(made.id, actor=person), 4, word)
    ids, file = await _ids(), await db.fetch_value(FILE)
    assert await _in_place() == words
    assert await mixing.mix() == 1
    assert sorted(await _in_place()) == sorted(words)
    assert await _in_place() != words
    assert await db.fetch_value("SELECT count(DISTINCT xmin::text) FROM salon_feedback") == 1
    assert not ids & await _ids()
    assert await db.fetch_value(FILE) != file
    assert await mixing.mix() == 0


async def _in_place() -> list[str]:
    return [row["body"] for row in await db.fetch("SELECT body FROM salon_feedback ORDER BY ctid")]


async def _ids() -> set[UUID]:
    return {row["id"] for row in await db.fetch("SELECT id FROM salon_feedback")}


async def test_of_one_token_brought_twice_at_once_one_counts(running: Runtime) -> None:
    _, signup_id, person_id = await _attended()
    token = await feedback.draw(signup_id, actor=Actor(ActorKind.OWNER, person_id))
    done = await asyncio.gather(*(feedback.give(token, 5, "") for _ in range(5)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["FeedbackGiven"] * 4 + ["NoneType"]
    assert await db.fetch_value("SELECT count(*) FROM salon_feedback") == 1


async def test_answers_are_lost_by_no_shuffling(running: Runtime) -> None:
    """Whoever answers while answers are written anew, by two workers, is counted once."""
    salon_id = await published(hall(30))
    tokens = []
    for person, place in await owners(20):
        made = await sign_up(person, place, salon_id)
        await db.execute("UPDATE salon_signups SET state = 'attended' WHERE id = $1", made.id)
        tokens.append(await feedback.draw(made.id, actor=person))
    for at in range(0, 20, 5):
        await asyncio.gather(*(feedback.give(one, 5, one) for one in tokens[at : at + 5]), mixing.mix(), mixing.mix())
    rows = await db.fetch("SELECT body FROM salon_feedback")
    assert sorted(row["body"] for row in rows) == sorted(tokens)


@pytest.mark.parametrize("part", [0, 1, 2])
async def test_a_token_that_we_did_not_sign_is_refused(running: Runtime, part: int) -> None:
    _, signup_id, person_id = await _attended()
    parts = (await feedback.draw(signup_id, actor=Actor(ActorKind.OWNER, person_id))).split(".")
    parts[part] = parts[part][:-2] + ("00" if parts[part][-2:] != "00" else "11")
    for wrong in (".".join(parts), "", "x" * 120, "\u0660" * 32 + "." + parts[1] + "." + parts[2]):
        with pytest.raises(errors.FeedbackGiven):
            await feedback.give(wrong, 5, "")


async def test_a_token_is_drawn_once_and_only_by_who_came(door: Api) -> None:
    _, signup_id, person_id = await _attended()
    headers = {"Authorization": f"Bearer {person_id}"}
    address = _address(signup_id)
    assert (await door.post(address, headers=headers)).status_code == 200
    assert (await door.post(address, headers=headers)).json()["code"] == "salons.feedback_given"
    await db.execute("UPDATE salon_signups SET state = 'confirmed', feedback_token_given = FALSE")
    assert (await door.post(address, headers=headers)).json()["code"] == "salons.not_attended"


async def _held_days_ago(days: int) -> UUID:
    salon_id = await published(hall(1))
    moved = "UPDATE salons SET starts_at = $2, ends_at = $3, opens_at = $4, closes_at = $2 WHERE id = $1"
    noon = clock.day_start(clock.today()) + timedelta(hours=12)
    starts_at = noon - timedelta(days=days)
    await db.execute(moved, salon_id, starts_at, starts_at + timedelta(hours=1), noon - timedelta(days=30))
    return salon_id


async def _answer(salon_id: UUID, words: str) -> None:
    sql = "INSERT INTO salon_feedback (id, salon_id, on_day, rating, body) VALUES ($1, $2, $3, 5, $4)"
    await db.execute(sql, random_id(), salon_id, clock.today(), words)


async def test_nobody_watches_the_figures_while_people_answer_before_his_eyes(running: Runtime) -> None:
    salon_id = await _held_days_ago(0)
    for number in range(12):
        await _answer(salon_id, f"第{number}份")
        told = await feedback.results(salon_id, actor=SYSTEM)
        assert (told["count"], told["is_shown"], told["ratings"], told["words"]) == (0, False, {}, [])
    with clock.use(clock.Frozen(clock.now() + timedelta(days=1))):
        told = await feedback.results(salon_id, actor=SYSTEM)
    assert (told["count"], told["ratings"]["5"], len(told["words"])) == (12, 12, 12)


async def test_few_answers_are_not_shown_and_words_later_still(running: Runtime) -> None:
    salon_id = await _held_days_ago(1)
    shown = []
    for number in range(1, 11):
        await _answer(salon_id, f"第{number}份")
        shown.append(await feedback.results(salon_id, actor=SYSTEM))
    assert [one["is_shown"] for one in shown] == [False] * 4 + [True] * 6
    assert [len(one["words"]) for one in shown] == [0] * 9 + [10]
    assert (shown[0]["shown_from"], shown[0]["words_from"]) == (5, 10)
    with pytest.raises(errors.FeedbackGiven):
        await feedback.give("x" * 43, 5, "")
