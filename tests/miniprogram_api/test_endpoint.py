"""What reaches a handler and what its answer becomes."""

import json
import re
from typing import Any

import pytest
from sanic import Request

from backend.access import Actor
from miniprogram_api.auth import Auth
from miniprogram_api.endpoint import BadEndpoint, endpoint
from tests.miniprogram_api.examples import STAFF, A, Visit
from tests.support.api import Api

ID = "018f0000-0000-7000-8000-000000000001"
VISITS = "/api/owner/v1/visits"


def _keyed(key: str = "key-00000001") -> dict[str, str]:
    return {**A, "Idempotency-Key": key}


async def _refused(door: Api, body: Any) -> dict[str, str]:
    """Send a body that must be refused; return code by path."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = await door.post(VISITS, content=content, headers=_keyed())
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return {one["path"]: one["code"] for one in answer.json()["fields"]}


async def test_a_command_gets_its_body_and_answers_with_its_model(door: Api) -> None:
    answer = await door.post(VISITS, json={"title": "  上门服务 "}, headers=_keyed())
    assert answer.status_code == 201
    assert answer.json()["title"] == "上门服务"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00", answer.json()["at"])


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"title": "missing"}),
        ({"title": ""}, {"title": "string_too_short"}),
        ({"title": "x", "seat": 3}, {"seat": "extra_forbidden"}),
        ({"title": "x", "seats": "3"}, {"seats": "int_type"}),
        ({"title": "x", "seats": 0}, {"seats": "greater_than_equal"}),
        ({"title": "x", "number": 2**63}, {"number": "out_of_range"}),
        ({"title": "x", "number": -(2**70)}, {"number": "out_of_range"}),
        ({"title": "x", "number": 10**300}, {"number": "out_of_range"}),
        ({"title": "x\x00"}, {"title": "nul"}),
        ({"title": "x", "where": {"town": "a\x00b"}}, {"where.town": "nul"}),
        ({"title": "x", "people": ["a", "\x00"]}, {"people.1": "nul"}),
        ({"title": "x", "\x00": 1}, {"": "nul"}),
        ({"title": "x", "where": {"town": 5}}, {"where.town": "string_type"}),
        ({"title": "x", "at": "gestern"}, {"at": "datetime_parsing"}),
        (b'{"title": "x", "share": 1e999}', {"share": "finite_number"}),
        ([], {"": "model_type"}),
    ],
)
async def test_wrong_input_is_told_by_path(door: Api, body: Any, fields: dict[str, str]) -> None:
    assert await _refused(door, body) == fields


async def test_the_largest_number_and_an_escaped_backslash_pass(door: Api) -> None:
    content = json.dumps({"title": r"\u0000", "number": 2**63 - 1}).encode()
    answer = await door.post(VISITS, content=content, headers=_keyed())
    assert answer.status_code == 201
    assert answer.json()["title"] == r"\u0000"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b'{"title": "\x00"}', b'{"title": "\\ud800"}', b"[" * 5000, b'{"a": "\\u0000"']
)
async def test_what_is_no_json_is_a_400(door: Api, body: bytes) -> None:
    answer = await door.post(VISITS, content=body, headers=_keyed())
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


async def test_a_refusal_never_repeats_the_input(door: Api) -> None:
    secret = "13800001234"
    answer = await door.post(VISITS, json={"title": 5, "at": secret, "seats": secret}, headers=_keyed())
    assert answer.status_code == 422
    assert secret not in answer.text
    assert all(re.search(r"[\u4e00-\u9fff]", one["sentence"]) for one in answer.json()["fields"])


async def test_a_query_is_read_by_its_model(door: Api) -> None:
    answer = await door.get("/api/staff/v1/visits?town=织里&is_open=true&seats=5", headers=STAFF)
    assert answer.json() == {"town": ["织里"], "seats": 5, "is_open": True, "money": "1.50"}


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("seats=x", "seats"),
        (f"seats={2**63}", "seats"),
        ("seats=" + "9" * 5000, "seats"),
        ("town=%00", "town"),
        ("where=x", "where"),
        ("seats=1&seats=2", "seats"),
    ],
)
async def test_a_wrong_query_is_told_by_path(door: Api, query: str, path: str) -> None:
    answer = await door.get(f"/api/staff/v1/visits?{query}", headers=STAFF)
    assert answer.status_code == 422, answer.text
    assert [one["path"] for one in answer.json()["fields"]] == [path]


@pytest.mark.parametrize("limit", ["0", "101", "-1", "many"])
async def test_a_page_has_between_one_and_a_hundred_items(door: Api, limit: str) -> None:
    assert (await door.get(f"{VISITS}?limit={limit}", headers=A)).status_code == 422


async def test_a_malformed_id_is_not_found(door: Api) -> None:
    for wrong in ("x", "1", ID[:-1], f"{ID}0", "%00", "..%2f"):
        answer = await door.delete(f"{VISITS}/{wrong}", headers=A)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), wrong


async def test_nothing_to_tell_is_a_204(door: Api) -> None:
    answer = await door.delete(f"{VISITS}/{ID}", headers=A)
    assert (answer.status_code, answer.content) == (204, b"")


async def test_an_edit_names_the_version_it_read(door: Api) -> None:
    path, csrf = f"/api/staff/v1/visits/{ID}/address", {**STAFF, "X-CSRF-Token": "csrf"}
    answer = await door.put(path, json={"town": "练市"}, headers=csrf)
    assert (answer.status_code, answer.json()["code"]) == (428, "version_required")
    answer = await door.put(path, json={"town": "练市"}, headers={**csrf, "If-Match": "*"})
    assert answer.status_code == 422
    answer = await door.put(path, json={"town": "练市"}, headers={**csrf, "If-Match": '"3"'})
    assert (answer.status_code, answer.headers["etag"]) == (200, '"4"')


async def test_who_lacks_a_permission_is_told_its_name(door: Api) -> None:
    headers = {**STAFF, "X-CSRF-Token": "csrf", "If-Match": "1"}
    answer = await door.put(f"/api/staff/v1/visits/{ID}", json={"title": "x"}, headers=headers)
    assert (answer.status_code, answer.json()["permission"]) == (403, "policies.review")


async def test_a_change_from_the_console_needs_its_csrf_token(door: Api) -> None:
    answer = await door.put(f"/api/staff/v1/visits/{ID}", json={"title": "x"}, headers={**STAFF, "If-Match": "1"})
    assert answer.status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic token-a", "Bearer " + "x" * 300, "Bearer token-x"])
async def test_nobody_gets_in_without_a_token(door: Api, header: str) -> None:
    answer = await door.get(VISITS, headers={"Authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("name", "content", "shown"),
    [("执照.png", b"\x89PNG" * 100, "执照.png"), ("../../etc/passwd", b"x", "passwd"), ("C:\\a\\b.jpg", b"x", "b.jpg")],
)
async def test_a_file_comes_by_a_form(door: Api, name: str, content: bytes, shown: str) -> None:
    answer = await door.post("/api/public/v1/files", files={"file": (name, content, "image/png")})
    assert answer.json() == {"name": shown, "type": "image/png", "size": len(content)}


@pytest.mark.parametrize(
    "given", [{}, {"data": {"file": "text"}}, {"files": {"other": b"x"}}, {"content": b"\x00" * 50}]
)
async def test_a_form_without_its_file_is_refused(door: Api, given: dict[str, Any]) -> None:
    answer = await door.post("/api/public/v1/files", **given)
    assert answer.status_code == 422, answer.text
    assert answer.json()["fields"][0]["path"] == "file"


async def test_a_broken_form_is_refused(door: Api) -> None:
    for kind in ("multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=b"):
        for content in (b"--b", b"--b\r\nContent-Disposition: form-data; name=file; filename=x\r\n", b"\xff" * 99):
            answer = await door.post("/api/public/v1/files", content=content, headers={"Content-Type": kind})
            assert answer.status_code in (400, 422), (kind, content, answer.text)


async def _takes_body(request: Request, *, body: Visit) -> None: ...


async def _takes_actor(request: Request, *, actor: Actor) -> None: ...


async def _takes_other(request: Request, *, mood: str) -> None: ...


def test_a_declaration_that_does_not_fit_is_refused_at_import() -> None:
    for handler, given in (
        (_takes_body, {}),
        (_takes_actor, {"body": Visit}),
        (_takes_actor, {}),
        (_takes_other, {}),
    ):
        with pytest.raises(BadEndpoint):
            endpoint(auth=Auth.PUBLIC, summary="x", **given)(handler)
