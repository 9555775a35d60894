"""The console over HTTP: the cookie, the CSRF token, one's password, other people's accounts."""

import re
from datetime import timedelta

import pyotp
import pytest

from backend import staff
from backend.access import Role
from backend.foundation.clock import Frozen
from backend.runtime import Runtime
from backend.staff import Credentials
from tests.support.api import Api

BASE = "/api/staff/v1"


def _totp(credentials: Credentials) -> pyotp.TOTP:
    found = re.search(r"secret=([A-Z2-7]+)", credentials.otpauth_uri)
    assert found
    return pyotp.TOTP(found[1])


def _code(credentials: Credentials) -> str:
    return _totp(credentials).now()


@pytest.fixture
async def keeper(running: Runtime) -> Credentials:
    assert running.settings.secure_cookies
    return await staff.create_staff("keeper", "安管员", [Role.SECURITY_ADMINISTRATOR], must_change_password=False)


async def _sign_in(api: Api, credentials: Credentials, code: str | None = None) -> dict[str, str]:
    body = {"login": credentials.login, "password": credentials.password, "code": code or _code(credentials)}
    answer = await api.post(f"{BASE}/sessions", json=body)
    assert answer.status_code == 201, answer.text
    cookie = answer.headers["set-cookie"]
    for part in ("HttpOnly", "SameSite=Strict", "Secure", "Path=/api/staff"):
        assert part in cookie
    token = cookie.partition(";")[0]
    assert token.partition("=")[2] not in answer.text, "the token is for the cookie only"
    return {"Cookie": token, "X-CSRF-Token": answer.json()["csrf_token"]}


async def test_signing_in_reading_oneself_and_signing_out(api: Api, keeper: Credentials) -> None:
    headers = await _sign_in(api, keeper)
    me = (await api.get(f"{BASE}/me", headers={"Cookie": headers["Cookie"]})).json()
    assert (me["login"], me["permissions"]) == ("keeper", ["staff.manage", "staff.read", "system.watch"])
    answer = await api.delete(f"{BASE}/sessions/current", headers=headers)
    assert answer.status_code == 204
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert (await api.get(f"{BASE}/me", headers=headers)).status_code == 401


async def test_a_browser_whose_name_is_no_text_signs_in(api: Api, keeper: Credentials) -> None:
    body = {"login": keeper.login, "password": keeper.password, "code": _code(keeper)}
    answer = await api.post(f"{BASE}/sessions", json=body, headers={"User-Agent": b"\xff\xfe"})
    assert answer.status_code == 201, answer.text


async def test_a_change_without_the_csrf_token_is_refused(api: Api, keeper: Credentials) -> None:
    headers = await _sign_in(api, keeper)
    for csrf in ({}, {"X-CSRF-Token": "x" * 43}, {"X-CSRF-Token": b"\xff\xfe"}):
        answer = await api.post(f"{BASE}/units", json={"name": "一处"}, headers={"Cookie": headers["Cookie"], **csrf})
        assert (answer.status_code, answer.json()["code"]) == (403, "staff.csrf_mismatch")
    assert (await api.post(f"{BASE}/units", json={"name": "一处"}, headers=headers)).status_code == 201
    assert [one["name"] for one in (await api.get(f"{BASE}/units", headers=headers)).json()["items"]] == ["一处"]


async def test_a_new_colleague_changes_his_password_and_then_may_work(api: Api, keeper: Credentials) -> None:
    headers = await _sign_in(api, keeper)
    body = {"login": "desk", "name": "小李", "grants": [{"role": "front_desk", "districts": ["330502"]}]}
    answer = await api.post(f"{BASE}/staff", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    colleague = Credentials(made["staff_id"], made["login"], made["password"], made["otpauth_uri"], ())
    his = await _sign_in(api, colleague)
    assert (await api.get(f"{BASE}/bindings", headers=his)).status_code == 403
    change = {"current_password": made["password"], "new_password": "Own-choice-77"}
    assert (await api.post(f"{BASE}/password", json=change, headers=his)).status_code == 204
    assert (await api.get(f"{BASE}/bindings", headers=his)).json()["items"] == []
    people = (await api.get(f"{BASE}/staff", headers=headers)).json()["items"]
    assert [(one["login"], len(one["grants"])) for one in people] == [("keeper", 1), ("desk", 1)]
    assert (await api.post(f"{BASE}/staff/{made['staff_id']}/leave", headers=headers)).status_code == 204
    assert (await api.get(f"{BASE}/me", headers=his)).status_code == 401


async def test_the_end_of_a_grant_is_told_as_every_other_time(api: Api, keeper: Credentials) -> None:
    headers = await _sign_in(api, keeper)
    grants = [{"role": "front_desk", "until": "2199-01-31T16:30:00+00:00"}]
    await api.post(f"{BASE}/staff", json={"login": "desk", "name": "小李", "grants": grants}, headers=headers)
    people = (await api.get(f"{BASE}/staff", headers=headers)).json()["items"]
    assert people[-1]["grants"][0]["until"] == "2199-02-01T00:30:00+08:00"


async def test_a_lost_phone_is_helped_by_a_recovery_code(api: Api, keeper: Credentials) -> None:
    await _sign_in(api, keeper, keeper.recovery_codes[3])


@pytest.mark.parametrize(
    "body",
    [
        {"login": "keeper", "password": "x", "code": "1\x00"},
        {"login": "keeper", "password": "x"},
        {"login": "k" * 65, "password": "x", "code": "1"},
        {"login": "keeper", "password": "x" * 201, "code": "1"},
    ],
)
async def test_wrong_input_is_told_by_field(api: Api, keeper: Credentials, body: dict[str, str]) -> None:
    assert keeper
    answer = await api.post(f"{BASE}/sessions", json=body)
    assert answer.status_code == 422, answer.text


async def test_a_grant_that_excludes_another_is_refused(api: Api, keeper: Credentials) -> None:
    headers = await _sign_in(api, keeper)
    body = {"login": "both", "name": "两职", "grants": [{"role": "auditor"}, {"role": "system_administrator"}]}
    answer = await api.post(f"{BASE}/staff", json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "staff.roles_exclude")
    body["grants"] = [{"role": "visitor", "until": "2099-01-01T00:00:00"}]
    assert (await api.post(f"{BASE}/staff", json=body, headers=headers)).status_code == 422


async def test_a_session_tells_its_end_and_looking_unattended_does_not_move_it(
    api: Api, keeper: Credentials, clock: Frozen
) -> None:
    headers = await _sign_in(api, keeper, _totp(keeper).at(clock.now()))
    clock.advance(timedelta(minutes=20))
    unattended = {**headers, "X-Unattended": "1"}
    for _ in range(2):
        told = (await api.get(f"{BASE}/sessions/current", headers=unattended)).json()
        assert (told["idle_seconds_left"], told["seconds_left"], told["idle_seconds"]) == (600, 27_600, 1800)
    assert (await api.get(f"{BASE}/sessions/current", headers=headers)).json()["idle_seconds_left"] == 1800
