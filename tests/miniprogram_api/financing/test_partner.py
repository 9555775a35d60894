"""A bank's desk over HTTP: its own sign-in with a second factor, its own cookie; no reading is kept."""

from functools import partial
from uuid import UUID

import pyotp
import pytest

from backend import staff
from backend.access import Actor, ActorKind, Grant, Role
from backend.financing import queries
from backend.financing.banks import clients, institutions
from backend.financing.catalogue import products
from backend.financing.consent import consenting
from backend.foundation import clock, db
from backend.foundation.ids import token
from backend.runtime import Runtime
from backend.staff.errors import RolesExclude
from miniprogram_api.auth import PARTNER_COOKIE, STAFF_COOKIE
from tests.backend.financing.people import MANAGER, bank, content, editor, owner, product, referred
from tests.support.api import Api

PASSWORD = "Bank-desk-4711"


async def _account(login: str, *roles: Role) -> staff.Credentials:
    return await staff.create_staff(login, "客户经理", roles, password=PASSWORD, must_change_password=False)


async def _sign_in(api: Api, made: staff.Credentials, door: str) -> tuple[str, dict[str, str]]:
    """The cookie that was set, and the headers of whoever is signed in."""
    code = pyotp.parse_uri(made.otpauth_uri).at(clock.now())  # type: ignore[attr-defined]
    body = {"login": made.login, "password": PASSWORD, "code": code}
    answer = await api.post(f"/api/{door}/v1/sessions", json=body)
    assert answer.status_code == 201, answer.text
    cookie = answer.headers["set-cookie"]
    return cookie, {"Cookie": cookie.partition(";")[0], "X-CSRF-Token": answer.json()["csrf_token"]}


async def _desk(institution: UUID, made: staff.Credentials) -> None:
    desk = await institutions.open_desk(institution, "科技支行", [], actor=MANAGER)
    await institutions.join(desk, made.staff_id, actor=MANAGER)


async def test_a_partner_signs_in_with_a_second_factor_and_sees_his_desk_alone(running: Runtime, api: Api) -> None:
    institution, _, _ = await bank()
    made = await _account("yinhang", Role.PARTNER)
    await _desk(institution, made)
    wrong = {"login": made.login, "password": PASSWORD, "code": "000000"}
    assert (await api.post("/api/partner/v1/sessions", json=wrong)).status_code == 401
    cookie, headers = await _sign_in(api, made, "partner")
    assert cookie.startswith(f"{PARTNER_COOKIE}=")
    assert {"Path=/api/partner", "HttpOnly", "SameSite=Strict"} <= {one.strip() for one in cookie.split(";")}
    me = await api.get("/api/partner/v1/me", headers={"Cookie": headers["Cookie"]})
    assert me.json() == {"name": "客户经理", "institution": "甲银行", "desk": "科技支行", "districts": []}
    path = "/api/partner/v1/offer-costs"
    assert (await api.post(path, json={}, headers={"Cookie": headers["Cookie"]})).status_code == 403
    assert (await api.post(path, json={}, headers=headers)).status_code == 422
    assert (await api.delete("/api/partner/v1/sessions/current", headers=headers)).status_code == 204
    assert (await api.get("/api/partner/v1/me", headers=headers)).status_code == 401


async def _tried(api: Api, made: staff.Credentials, door: str, password: str = PASSWORD) -> tuple[int, str]:
    code = pyotp.parse_uri(made.otpauth_uri).at(clock.now())  # type: ignore[attr-defined]
    body = {"login": made.login, "password": password, "code": code}
    answer = await api.post(f"/api/{door}/v1/sessions", json=body)
    return answer.status_code, answer.json().get("code", "")


async def test_whoever_stands_at_the_wrong_door_is_told_so_and_his_code_is_still_good(
    running: Runtime, api: Api
) -> None:
    of_bank, of_bureau = await _account("yinhang", Role.PARTNER), await _account("zhuren", Role.MANAGER)
    assert await _tried(api, of_bank, "staff", "Wrong-pass-1") == (401, "staff.sign_in_failed")
    assert await _tried(api, of_bank, "staff") == (403, "staff.at_the_bank")
    assert await _tried(api, of_bureau, "partner") == (403, "staff.at_the_bureau")
    assert await db.fetch_value("SELECT count(*) FROM staff_sessions") == 0
    assert await db.fetch_value("SELECT count(*) FROM staff_attempts WHERE failures > 0") == 0
    assert (await _tried(api, of_bank, "partner"))[0] == 201
    assert (await _tried(api, of_bureau, "staff"))[0] == 201


async def test_no_session_passes_the_other_door(running: Runtime, api: Api) -> None:
    of_bank, of_bureau = await _account("yinhang", Role.PARTNER), await _account("zhuren", Role.MANAGER)
    _, headers = await _sign_in(api, of_bank, "partner")
    other = {**headers, "Cookie": headers["Cookie"].replace(PARTNER_COOKIE, STAFF_COOKIE)}
    for path in ("me", "notices", "words", "cases", "financing-applications"):
        assert (await api.get(f"/api/staff/v1/{path}", headers=other)).status_code == 401, path
    _, headers = await _sign_in(api, of_bureau, "staff")
    other = {**headers, "Cookie": headers["Cookie"].replace(STAFF_COOKIE, PARTNER_COOKIE)}
    for path in ("account", "listings", "words", "sessions/current"):
        assert (await api.get(f"/api/partner/v1/{path}", headers=other)).status_code == 401, path


async def test_before_his_first_password_somebody_of_a_bank_reads_his_account_and_nothing_else(
    running: Runtime, api: Api
) -> None:
    institution, _, _ = await bank()
    made = await staff.create_staff("yinhang", "客户经理", [Role.PARTNER], password=PASSWORD)
    await _desk(institution, made)
    _, headers = await _sign_in(api, made, "partner")
    told = (await api.get("/api/partner/v1/account", headers=headers)).json()
    assert (told["must_change_password"], told["permissions"]) == (True, [])
    for path in ("me", "listings", "referrals", "waiting", "products", "figures"):
        assert (await api.get(f"/api/partner/v1/{path}", headers=headers)).status_code == 403, path
    staff_door = {**headers, "Cookie": headers["Cookie"].replace(PARTNER_COOKIE, STAFF_COOKIE)}
    assert (await api.get("/api/staff/v1/me", headers=staff_door)).status_code == 401
    body = {"current_password": PASSWORD, "new_password": "Bank-desk-4712"}
    assert (await api.post("/api/partner/v1/password", json=body, headers=headers)).status_code == 204
    told = (await api.get("/api/partner/v1/account", headers=headers)).json()
    assert (told["permissions"], told["desk"], told["institution"]) == (["referrals.handle"], "科技支行", "甲银行")


async def test_the_words_of_a_bank_are_no_others(running: Runtime, api: Api) -> None:
    institution, _, _ = await bank()
    made = await _account("yinhang", Role.PARTNER)
    await _desk(institution, made)
    _, headers = await _sign_in(api, made, "partner")
    answer = await api.get("/api/partner/v1/words", headers=headers)
    told = answer.json()["words"]
    assert told["financing_refusal"]["collateral_short"] == "抵质押不足"
    assert told["industry_section"]["F"] == "批发和零售业"
    assert {name for name in told if not name.startswith("financing_")} == {"district", "size", "industry_section"}
    again = await api.get("/api/partner/v1/words", headers={**headers, "If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


async def test_a_bank_s_products_are_its_own_and_no_drafts(running: Runtime, api: Api) -> None:
    institution, _, _ = await bank()
    rival, _, _ = await bank("乙银行")
    made = await _account("yinhang", Role.PARTNER)
    await _desk(institution, made)
    version = await product(institution, "甲贷")
    await product(rival, "乙贷")
    await products.draft(institution, content("未发布"), actor=await editor())
    _, headers = await _sign_in(api, made, "partner")
    told = (await api.get("/api/partner/v1/products", headers=headers)).json()
    assert [(one["name"], one["version_id"]) for one in told["items"]] == [("甲贷", str(version))]
    assert (told["count"], "author" in told["items"][0]) == (1, False)


@pytest.mark.usefixtures("running")
async def test_no_account_is_both_a_partner_and_of_the_bureau() -> None:
    with pytest.raises(RolesExclude):
        await _account("liangbian", Role.PARTNER, Role.SPECIALIST)
    made = await _account("yinhang", Role.PARTNER)
    with pytest.raises(RolesExclude):
        await staff.grant(made.staff_id, [Grant(Role.AUDITOR)], actor=_security())


def _security() -> Actor:
    return Actor(ActorKind.STAFF, None, "安全", (Grant(Role.SECURITY_ADMINISTRATOR),))


async def test_a_reading_is_never_kept_for_a_second_asking(running: Runtime, api: Api) -> None:
    institution, desk_id, _ = await bank()
    person, _ = await owner(running)
    sent = await referred(person, await product(institution))
    made = await _account("yinhang", Role.PARTNER)
    await institutions.join(desk_id, made.staff_id, actor=MANAGER)
    _, headers = await _sign_in(api, made, "partner")
    headers["Idempotency-Key"] = token()
    path = f"/api/partner/v1/referrals/{sent.id}/reading"
    read = await api.post(path, headers=headers)
    assert (read.status_code, len(read.json()["fields"])) == (200, 21)
    await consenting.revoke(sent.consent_id, "", actor=person)
    again = await api.post(path, headers=headers)
    assert (again.status_code, again.json()["code"]) == (403, "financing.consent_revoked")
    assert await db.fetch_value("SELECT count(*) FROM idempotency_keys WHERE route LIKE '%reading%'") == 0
    kept = await db.fetch_value("SELECT read_from FROM financing_reads")
    assert kept.startswith("127.0.0.1 ")


def _signed(made: clients.Issued, method: str, target: str, body: bytes, nonce: str, **acts: str) -> dict[str, str]:
    moment = int(clock.now().timestamp())
    mark = clients.signature(made.key, clients.Signed("", method, target, body, **acts), moment, nonce)
    sent = {{"if_match": "If-Match", "idempotency_key": "Idempotency-Key"}[name]: value for name, value in acts.items()}
    return {"Authorization": f"Wuwei-HMAC client={made.id},t={moment},nonce={nonce},v2={mark}", **sent}


async def test_a_program_signs_what_it_asks_and_needs_no_cookie(running: Runtime, api: Api) -> None:
    institution, _, desk = await bank()
    person, _ = await owner(running)
    sent = await referred(person, await product(institution))
    assert desk.id
    made = await clients.issue(desk.id, "信贷系统", None, actor=MANAGER)
    headers = partial(_signed, made)
    listed = "/api/partner/v1/referrals?state=routed&limit=5"
    answer = await api.get(listed, headers=headers("GET", listed, b"", "a" * 16))
    assert [one["id"] for one in answer.json()["items"]] == [str(sent.id)]
    path, body = f"/api/partner/v1/referrals/{sent.id}/refuse", b'{"code":"too_young","words":"a","remedy":"x"}'
    acts = {"if_match": f'"{sent.version}"', "idempotency_key": "refuse-0001"}
    told = headers("POST", path, body, "b" * 16, **acts)
    assert (await api.post(path, content=body.replace(b"x", b"y"), headers=told)).status_code == 401
    for name in ("If-Match", "Idempotency-Key"):
        left_out = {key: value for key, value in told.items() if key != name}
        assert (await api.post(path, content=body, headers=left_out)).status_code == 401
        assert (await api.post(path, content=body, headers={**told, name: '"9"'})).status_code == 401
    assert (await api.post(path, content=body, headers=headers("POST", path, body, "c" * 16))).status_code == 428
    # blanks behind a header's value are no part of it (RFC 9110 5.5)
    done = await api.post(path, content=body, headers={**told, "If-Match": f"{told['If-Match']} \t"})
    assert done.status_code == 200
    assert (await api.post(path, content=body, headers=told)).status_code == 401
    again = await api.post(path, content=body, headers=headers("POST", path, body, "d" * 16, **acts))
    assert (again.status_code, again.json()) == (200, done.json())
    stale = headers("POST", path, body, "e" * 16, if_match=f'"{sent.version}"')
    assert (await api.post(path, content=body, headers=stale)).status_code == 412
    mine = "/api/partner/v1/me"
    assert (await api.get(f"{mine}?", headers=headers("GET", mine, b"", "f" * 16))).status_code == 200


async def test_a_program_reads_only_where_its_owner_let_programs_read(running: Runtime, api: Api) -> None:
    institution, _, desk = await bank()
    version = await product(institution)
    assert desk.id
    made = await clients.issue(desk.id, "信贷系统", None, actor=MANAGER)
    for number, (method, status) in enumerate((("desk", 403), ("interface", 200)), start=1):
        person, _ = await owner(running, number)
        sent = await referred(person, version, method=method)
        path = f"/api/partner/v1/referrals/{sent.id}/reading"
        answer = await api.post(path, headers=_signed(made, "POST", path, b"", f"{number}" * 16))
        assert answer.status_code == status, answer.text
        told = (await queries.detail(person, sent.application_id))["consents"][0]
        assert (told["method"], told["reads"]) == (method, int(status == 200))
    assert answer.json()["evidence"] == []
    assert await db.fetch_value("SELECT method FROM financing_reads") == "interface"
