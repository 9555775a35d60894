"""Asking over HTTP: what is wrong is said at once and by name, and a repetition asks nothing anew."""

import asyncio
import secrets
from typing import Any

import pytest

from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.runtime import Runtime
from tests.backend.questions.askers import CATEGORY, TEXT, ask, picture
from tests.support.api import Api
from tests.support.matrix import World
from tests.support.sizes import scaled

BASE = "/api/owner/v1"


@pytest.fixture(autouse=True)
async def _people(world: World) -> None:
    for one in (world.owner, world.other):
        await db.execute("INSERT INTO persons (id, created_at) VALUES ($1, $2)", one.id, clock.now())


def _headers(world: World, key: str | None = None) -> dict[str, str]:
    return {"Authorization": f"Bearer {world.owner.id}", "Idempotency-Key": key or secrets.token_hex(8)}


async def _upload(known: Api, world: World, key: str | None = None) -> Any:
    sent = {"file": ("现场.png", picture(), "image/png")}
    return await known.post(f"{BASE}/files?purpose=question_photo", headers=_headers(world, key), files=sent)


async def test_a_question_with_its_photos_is_taken_in(known: Api, world: World) -> None:
    photos = [(await _upload(known, world)).json()["id"] for _ in range(9)]
    body = {"category": CATEGORY, "text": f"  {TEXT}\n", "photos": photos, "is_followable": True}
    answer = await known.post(f"{BASE}/questions", json=body, headers=_headers(world))
    assert (answer.status_code, answer.json()["state"]) == (201, "checking"), answer.text
    seen = await known.get(f"{BASE}/questions/{answer.json()['id']}", headers=_headers(world))
    assert (seen.json()["text"], len(seen.json()["photo_links"])) == (TEXT, 9)
    shown = await known.get(seen.json()["photo_links"][0]["link"])
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")


async def test_one_key_asks_once_however_often_it_is_sent(known: Api, world: World) -> None:
    body, headers = {"category": CATEGORY, "text": TEXT}, _headers(world)
    tries = (known.post(f"{BASE}/questions", json=body, headers=headers) for _ in range(scaled(200)))
    answers = await asyncio.gather(*tries)
    assert {answer.status_code for answer in answers} <= {201, 429}
    assert len({answer.json()["number"] for answer in answers if answer.status_code == 201}) == 1
    assert await db.fetch_value("SELECT count(*) FROM questions") == 1
    assert await db.fetch_value("SELECT count(*) FROM moderation_subjects") == 1


async def test_a_file_sent_again_with_its_key_has_one_row(known: Api, world: World) -> None:
    first, again = [await _upload(known, world, "the-very-same-key") for _ in range(2)]
    assert first.json()["id"] == again.json()["id"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert await db.fetch_value("SELECT count(*) FROM files") == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": " \n "}, "text"),
        ({"text": "好" * 2001}, "text"),
        ({"text": "a\x00b"}, "text"),
        ({"text": "退款\u202e不能"}, "text"),
        ({"text": "a\x1b[31mb"}, "text"),
        ({"text": 5}, "text"),
        ({"category": "Consult"}, "category"),
        ({"category": None}, "category"),
        ({"photos": [str(new_id())] * 10}, "photos"),
        ({"photos": ["x"]}, "photos.0"),
        ({"photos": ["01a2062a-4908-7326-942d-0be19ad6eff2"] * 2}, "photos"),
        ({"enterprise_id": "x"}, "enterprise_id"),
        ({"is_followable": "yes"}, "is_followable"),
        ({"district": "330502"}, "district"),
    ],
)
async def test_what_is_wrong_is_named(known: Api, world: World, wrong: dict[str, Any], field: str) -> None:
    body = {"category": CATEGORY, "text": TEXT, **wrong}
    answer = await known.post(f"{BASE}/questions", json=body, headers=_headers(world))
    assert answer.status_code == 422, answer.text
    assert field in [one["path"] for one in answer.json()["fields"]]
    assert await db.fetch_value("SELECT count(*) FROM questions") == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"category": "service_promise"}, "cases.category_unknown"),
        ({"photos": [str(new_id())]}, "questions.photo_unknown"),
        ({"enterprise_id": str(new_id())}, "identity.not_bound"),
    ],
)
async def test_what_cannot_be_is_refused_by_name(known: Api, world: World, body: dict[str, Any], code: str) -> None:
    sent = {"category": CATEGORY, "text": TEXT, **body}
    answer = await known.post(f"{BASE}/questions", json=sent, headers=_headers(world))
    assert (answer.json()["code"], answer.status_code < 500) == (code, True)


async def test_too_many_a_day_are_told_when_to_come_again(known: Api, world: World, running: Runtime) -> None:
    for _ in range(running.settings.questions_per_day):
        await ask(world.owner)
    body = {"category": CATEGORY, "text": TEXT}
    answer = await known.post(f"{BASE}/questions", json=body, headers=_headers(world))
    assert (answer.status_code, answer.json()["code"]) == (429, "questions.too_many")
    assert 0 < int(answer.headers["Retry-After"]) <= 24 * 3600


@pytest.mark.parametrize("purpose", ["policy_attachment", "registry_file", "x"])
async def test_an_owner_uploads_for_his_own_purposes_alone(known: Api, world: World, purpose: str) -> None:
    sent = {"file": ("a.png", picture(), "image/png")}
    answer = await known.post(f"{BASE}/files?purpose={purpose}", headers=_headers(world), files=sent)
    assert answer.status_code == 422
