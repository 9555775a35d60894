"""An owner's first day over HTTP: signs in, verifies his phone, binds his shop, leaves for good."""

import asyncio
from typing import Any

import pytest

from backend.consents import text
from backend.foundation import db
from backend.foundation.ids import token
from backend.runtime import Runtime
from tests.factories.people import add_enterprise
from tests.support.api import Api
from tests.support.sandbox import Sandbox

USCC = "91330502MA2B00001X"
PHONE = "13800001111"
BASE = "/api/owner/v1"


def _body(code: str) -> dict[str, str]:
    return {"code": code, "consent_version": text("privacy").version, "client": "测试手机"}


async def _sign_in(door: Api, sandbox: Sandbox, **owner: str) -> tuple[str, dict[str, str], dict[str, Any]]:
    openid = sandbox.owner(**owner)
    answer = await door.post(f"{BASE}/sessions", json=_body(sandbox.login_code(openid)))
    assert answer.status_code == 201, answer.text
    return openid, {"Authorization": f"Bearer {answer.json()['token']}"}, answer.json()


def _once(headers: dict[str, str]) -> dict[str, str]:
    return {**headers, "Idempotency-Key": token()}


async def test_the_whole_way(door: Api, sandbox: Sandbox, connected: Runtime) -> None:
    await add_enterprise(connected, USCC, "张三", PHONE)
    openid, headers, session = await _sign_in(door, sandbox, phone=PHONE)

    claim = {"uscc": USCC, "representative_name": "张三"}
    answer = await door.post(f"{BASE}/bindings", json=claim, headers=_once(headers))
    assert (answer.status_code, answer.json()["code"]) == (409, "identity.phone_needed")

    answer = await door.post(f"{BASE}/phone", json={"code": sandbox.phone_code(openid)}, headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"phone": "138****1111"})

    key = _once(headers)
    answer = await door.post(f"{BASE}/bindings", json=claim, headers=key)
    assert (answer.status_code, answer.json()["state"]) == (201, "active")
    again = await door.post(f"{BASE}/bindings", json=claim, headers=key)
    assert (again.status_code, again.content) == (201, answer.content)

    [binding] = (await door.get(f"{BASE}/bindings", headers=headers)).json()["bindings"]
    assert (binding["uscc"], binding["role"], binding["state"]) == (USCC, "manager", "active")

    copy = (await door.post(f"{BASE}/me/export", headers=headers)).json()
    assert [one["client"] for one in copy["identity"]["sessions"]] == ["测试手机"]

    answer = await door.delete(f"{BASE}/sessions/{session['session_id']}", headers=headers)
    assert answer.status_code == 204
    answer = await door.get(f"{BASE}/bindings", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "identity.session_ended")


async def _prove(door: Api, headers: dict[str, str]) -> None:
    answer = await door.post(f"{BASE}/phone", json={"code": f"phone-{PHONE}"}, headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"phone": "138****1111"})


async def _claim(door: Api, headers: dict[str, str]) -> None:
    claim = {"uscc": USCC, "representative_name": "张三"}
    answer = await door.post(f"{BASE}/bindings", json=claim, headers=_once(headers))
    assert (answer.status_code, answer.json()["state"]) == (201, "active")


async def _shop(door: Api, headers: dict[str, str]) -> dict[str, Any]:
    [shop] = (await door.get(f"{BASE}/enterprises", headers=headers)).json()["items"]
    return dict(shop)


async def _acts(door: Api, headers: dict[str, str]) -> int:
    path = f"{BASE}/enterprises/{(await _shop(door, headers))['id']}/facts"
    answer = await door.post(path, json={"facts": {"employees": 5}}, headers=_once(headers))
    return answer.status_code


async def test_who_proves_his_own_number_again_acts_again_and_the_other_no_more(
    door: Api, sandbox: Sandbox, connected: Runtime
) -> None:
    await add_enterprise(connected, USCC, "张三", PHONE)
    _, zhang, _ = await _sign_in(door, sandbox)
    _, wang, _ = await _sign_in(door, sandbox)
    for one, other in ((zhang, None), (wang, zhang)):
        await _prove(door, one)
        await _claim(door, one)
        assert (await _shop(door, one))["state"] == "active"
        assert other is None or (await _shop(door, other))["state"] == "read_only"
    for one, other in ((zhang, wang), (wang, zhang), (zhang, wang)):
        await _prove(door, one)
        shops = [await _shop(door, each) for each in (one, other)]
        assert [shop["state"] for shop in shops] == ["active", "read_only"]
        assert [shop["prove_by"] is None for shop in shops] == [True, False]
        assert [await _acts(door, each) for each in (one, other)] == [200, 409]


async def test_a_double_tap_on_sign_in_is_one_session(door: Api, sandbox: Sandbox) -> None:
    body = _body(sandbox.login_code(sandbox.owner()))
    answers = await asyncio.gather(*(door.post(f"{BASE}/sessions", json=body) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["token"] for answer in answers}) == 1


async def test_the_readme_s_codes_work(door: Api) -> None:
    answer = await door.post(f"{BASE}/sessions", json=_body("demo-wang"))
    assert answer.status_code == 201, answer.text
    headers = {"Authorization": f"Bearer {answer.json()['token']}"}
    answer = await door.post(f"{BASE}/phone", json={"code": f"phone-{PHONE}"}, headers=headers)
    assert answer.json() == {"phone": "138****1111"}


async def test_who_closes_his_account_is_gone(door: Api, sandbox: Sandbox) -> None:
    openid, headers, session = await _sign_in(door, sandbox)
    assert (await door.delete(f"{BASE}/me", headers=headers)).status_code == 204
    assert (await door.get(f"{BASE}/sessions", headers=headers)).status_code == 401
    assert await db.fetch_value("SELECT count(*) FROM wechat_accounts") == 0
    answer = await door.post(f"{BASE}/sessions", json=_body(sandbox.login_code(openid)))
    assert answer.json()["person_id"] != session["person_id"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("sessions", {}),
        ("sessions", {"code": "", "consent_version": "x"}),
        ("sessions", {"code": "a\x00b", "consent_version": "x"}),
        ("sessions", {"code": "码", "consent_version": "x"}),
        ("sessions", {"code": "x" * 513, "consent_version": "x"}),
        ("sessions", {"code": 7, "consent_version": "x"}),
        ("sessions", {"code": "x", "consent_version": "x", "admin": True}),
        ("bindings", {"uscc": USCC, "representative_name": "张\x00三"}),
        ("bindings", {"uscc": "1", "representative_name": "张三"}),
        ("bindings", {"uscc": USCC, "representative_name": " "}),
        ("bindings", {"uscc": USCC, "representative_name": "张三", "role": "clerk"}),
        ("bindings", {"uscc": USCC, "representative_name": "张三", "licence_file_id": "x"}),
        ("invitations/accept", {"code": "unknown"}),
        ("phone", {"code": "\n"}),
    ],
)
async def test_wrong_input_is_told_by_field(door: Api, sandbox: Sandbox, path: str, body: dict[str, Any]) -> None:
    _, headers, _ = await _sign_in(door, sandbox)
    answer = await door.post(f"{BASE}/{path}", json=body, headers=_once(headers))
    assert answer.status_code == 422, answer.text
    assert answer.json()["fields"]
