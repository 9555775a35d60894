"""Consents over HTTP: read without an account, agreed to in the version that was read, taken back for good."""

import pytest

from backend import consents
from backend.consents import texts
from backend.foundation import db
from backend.foundation.ids import token
from backend.runtime import Runtime
from miniprogram_api.consents.schemas import TextOut
from tests.factories.people import add_person
from tests.support.api import Api, serve
from tests.support.matrix import World

MINE = "/api/owner/v1/consents"
VERSION = consents.text("privacy").version


@pytest.fixture
def owner(world: World) -> dict[str, str]:
    return {"Authorization": f"Bearer {world.owner.id}"}


def _once(headers: dict[str, str]) -> dict[str, str]:
    return {**headers, "Idempotency-Key": token()}


async def test_the_text_in_force_and_the_one_agreed_to_are_shown(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    path = "/api/public/v1/consent-texts/privacy"
    now = TextOut.model_validate_json((await api.get(path)).content)
    shown = consents.text("privacy")
    assert (now.version, now.body, now.sha256, now.is_current) == (VERSION, shown.body, shown.digest.hex(), True)
    newer = texts.Text("privacy", "2027-01", "新", b"\x01" * 32)
    monkeypatch.setitem(texts.TEXTS, ("privacy", "2027-01"), newer)
    monkeypatch.setitem(texts.CURRENT, "privacy", newer)
    assert (await api.get(path)).json()["version"] == "2027-01"
    old = (await api.get(f"{path}?version={VERSION}")).json()
    assert (old["body"], old["is_current"]) == (shown.body, False)


@pytest.mark.parametrize("path", ["nothing", "privacy?version=1999-01", "%00", "..%2Fprivacy"])
async def test_a_text_that_is_none_is_not_found(api: Api, path: str) -> None:
    assert (await api.get(f"/api/public/v1/consent-texts/{path}")).status_code == 404


async def test_a_consent_is_given_listed_and_taken_back(known: Api, owner: dict[str, str], world: World) -> None:
    body = {"purpose": "privacy", "version": VERSION}
    given = await known.post(MINE, json=body, headers=_once(owner))
    assert given.status_code == 201, given.text
    assert (given.json()["version"], given.json()["given_from"]) == (VERSION, "mini_program")
    assert (await known.get(MINE, headers=owner)).json()["items"] == [given.json()]
    path = f"{MINE}/{given.json()['id']}/revoke"
    for _ in range(2):
        assert (await known.post(path, headers=_once(owner))).status_code == 204
    [shown] = (await known.get(MINE, headers=owner)).json()["items"]
    assert shown["revoked_at"] is not None
    assert world.owner.id
    with pytest.raises(consents.ConsentNeeded):
        await consents.require(world.owner.id, "privacy")
    again = await known.post(MINE, json=body, headers=_once(owner))
    assert again.json()["id"] != given.json()["id"]
    actions = await db.fetch("SELECT action FROM audit_entries ORDER BY id")
    assert [row["action"] for row in actions] == ["consents.given", "consents.revoked", "consents.given"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"purpose": "privacy", "version": "1999-01"}, 409, "consents.text_changed"),
        ({"purpose": "nothing", "version": VERSION}, 404, "not_found"),
        ({"purpose": "pri\x00vacy", "version": VERSION}, 422, "invalid"),
        ({"purpose": "privacy"}, 422, "invalid"),
        ({"purpose": "privacy", "version": 2026}, 422, "invalid"),
    ],
)
async def test_what_was_not_read_is_not_agreed_to(
    known: Api, owner: dict[str, str], body: dict[str, object], status: int, code: str
) -> None:
    answer = await known.post(MINE, json=body, headers=_once(owner))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await db.fetch_value("SELECT count(*) FROM consents") == 0


async def test_who_takes_the_privacy_consent_back_is_signed_out_everywhere(connected: Runtime) -> None:
    async with serve(connected) as door:
        body = {"code": "demo-wang", "consent_version": VERSION}
        session = (await door.post("/api/owner/v1/sessions", json=body)).json()
        owner = {"Authorization": f"Bearer {session['token']}"}
        assert (await door.get("/api/owner/v1/me", headers=owner)).json()["needs_consent"] is False
        [consent] = (await door.get(MINE, headers=owner)).json()["items"]
        assert (await door.post(f"{MINE}/{consent['id']}/revoke", headers=_once(owner))).status_code == 204
        assert (await door.get(MINE, headers=owner)).status_code == 401


async def test_me_and_my_copy_are_mine_alone_and_the_copy_is_on_record(
    known: Api, owner: dict[str, str], world: World
) -> None:
    await add_person(world.runtime, "13800001111", person_id=world.owner.id)
    await add_person(world.runtime, "13900002222", person_id=world.other.id)
    me = (await known.get("/api/owner/v1/me", headers=owner)).json()
    assert (me["phone"], me["enterprises"], me["needs_consent"]) == ("138****1111", 0, True)
    copy = await known.post("/api/owner/v1/me/export", headers=owner)
    assert "13800001111" in copy.text
    assert "13900002222" not in copy.text
    assert copy.headers["content-disposition"].startswith("attachment")
    row = await db.fetch_one("SELECT action, actor_id, row_id FROM audit_entries")
    assert row is not None
    assert tuple(row) == ("persons.exported", world.owner.id, world.owner.id)
    assert await db.fetch_value("SELECT count(*) FROM idempotency_keys") == 0


async def test_closing_an_account_is_the_person_s_own_act(known: Api, owner: dict[str, str], world: World) -> None:
    await add_person(world.runtime, "13800001111", person_id=world.owner.id)
    assert (await known.delete("/api/owner/v1/me", headers=owner)).status_code == 204
    erased = await db.fetch_one("SELECT actor_kind, actor_id FROM audit_entries WHERE action = 'persons.erased'")
    assert erased is not None
    assert tuple(erased) == ("owner", world.owner.id)
    assert await db.fetch_value("SELECT state FROM persons WHERE id = $1", world.owner.id) == "erased"
    assert (await known.get("/api/owner/v1/me", headers=owner)).status_code == 401
