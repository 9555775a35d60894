"""Signing up over HTTP: racers served together, each with the right answer, once a key."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import httpx
import pytest
from sanic import Request

from backend.access import Actor, ActorKind
from backend.foundation import db
from backend.foundation.errors import WuweiError
from backend.runtime import Runtime
from backend.salons.seats import answering, signing
from backend.salons.seats.asking import Wish
from backend.salons.seats.signing import SignedUp
from miniprogram_api.auth import Auth, bearer
from miniprogram_api.idempotency import Kept, Key, together
from tests.backend.salons.people import counted, hall, owners, published
from tests.support.api import Api, serve
from tests.support.sizes import scaled


async def _owner(request: Request) -> Actor:
    return Actor(ActorKind.OWNER, UUID(bearer(request)))


@pytest.fixture
async def door(running: Runtime) -> AsyncIterator[Api]:
    """The real surface, where a token is the person's id."""
    many = {"owner_requests_per_minute": 1_000_000, "address_requests_per_minute": 1_000_000}
    settings = running.settings.model_copy(update=many)
    async with serve(running, settings=settings, authenticators={Auth.OWNER: _owner}) as client:
        yield client


async def _join(
    door: Api, person: Actor, place: UUID, salon_id: UUID, key: str = "key-00000001", *, waits: bool = False
) -> httpx.Response:
    return await door.post(
        f"/api/owner/v1/salons/{salon_id}/signups",
        json={"enterprise_id": str(place), "waits": waits},
        headers={"Authorization": f"Bearer {person.id}", "Idempotency-Key": key},
    )


async def test_racers_are_answered_rightly_and_a_repetition_is_what_it_was(door: Api) -> None:
    salon_id = await published(hall(20))
    people = await owners(scaled(100))
    answers = await asyncio.gather(*(_join(door, *one, salon_id) for one in people))
    seats = min(20, len(people))
    assert Counter(one.status_code for one in answers) == Counter({201: seats, 409: len(people) - seats}) + Counter()
    assert {one.json()["code"] for one in answers if one.status_code == 409} <= {"salons.full"}
    assert await counted(salon_id) == (seats, seats, 0)
    again = await asyncio.gather(*(_join(door, *one, salon_id) for one in people))
    for first, second in zip(answers, again, strict=True):
        assert first.status_code == second.status_code
        if first.status_code == 201:
            assert first.content == second.content
            assert second.headers["idempotency-replayed"] == "true"


async def test_twins_within_a_moment_have_one_effect(door: Api) -> None:
    salon_id = await published(hall(9))
    ((person, place),) = await owners(1)
    answers = await asyncio.gather(*(_join(door, person, place, salon_id) for _ in range(30)))
    assert {one.content for one in answers} == {answers[0].content}
    assert sum("idempotency-replayed" not in one.headers for one in answers) == 1
    kept = "SELECT count(*) FROM idempotency_keys WHERE key = 'key-00000001'"
    assert (await counted(salon_id), await db.fetch_value(kept)) == ((1, 1, 0), 1)


async def test_a_key_used_for_something_else_is_refused_also_within_a_moment(door: Api) -> None:
    first, second = await published(hall(9)), await published(hall(9))
    ((person, place),) = await owners(1)
    answers = await asyncio.gather(*(_join(door, person, place, one) for one in (first, second)))
    assert sorted(one.status_code for one in answers) == [201, 422]
    later = await _join(door, person, place, first, waits=True)
    assert (later.status_code, later.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.usefixtures("database")
async def test_no_set_reads_a_whole_table_for_its_being_small_once() -> None:
    async def command(_places: Sequence[int]) -> tuple[list[bytes], tuple[()]]:
        return [str(await db.fetch_value("SHOW enable_seqscan")).encode()], ()

    (told,) = await together([Key("owner:1", "POST /x", "key-00000001", b"")], command, 201)
    assert told == Kept(201, b"off")
    assert await db.fetch_value("SHOW enable_seqscan") == "on"


async def test_a_refusal_is_not_remembered(door: Api) -> None:
    salon_id = await published(hall(1))
    people = await owners(2)
    seated = await _join(door, *people[0], salon_id)
    assert (await _join(door, *people[1], salon_id)).status_code == 409
    await answering.leave(UUID(seated.json()["id"]), "", actor=people[0][0])
    assert (await _join(door, *people[1], salon_id)).status_code == 201


async def test_a_set_that_fails_as_a_whole_is_tried_one_by_one(door: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    salon_id = await published(hall(9))
    people = await owners(5)
    sign_up = signing.sign_up

    async def fails(wishes: Sequence[Wish]) -> list[SignedUp | WuweiError]:
        if len(wishes) > 1:
            raise ValueError("nobody foresaw that")
        return await sign_up(wishes)

    monkeypatch.setattr(signing, "sign_up", fails)
    answers = await asyncio.gather(*(_join(door, *one, salon_id) for one in people))
    assert {one.status_code for one in answers} == {201}
    assert await counted(salon_id) == (5, 5, 0)


async def test_whoever_asks_without_a_key_or_with_nonsense_is_told(door: Api) -> None:
    salon_id = await published(hall(1))
    ((person, place),) = await owners(1)
    headers = {"Authorization": f"Bearer {person.id}"}
    address = f"/api/owner/v1/salons/{salon_id}/signups"
    keyless = await door.post(address, json={"enterprise_id": str(place)}, headers=headers)
    assert (keyless.status_code, keyless.json()["code"]) == (400, "idempotency_key_required")
    told = {"enterprise_id": str(place), "answers": {"a\u0000": 10**30}}
    wrong = await door.post(address, json=told, headers={**headers, "Idempotency-Key": "key-00000002"})
    assert wrong.status_code == 422
