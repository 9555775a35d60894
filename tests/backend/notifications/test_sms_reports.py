"""What the SMS provider reports settles what nobody knew, and what it refuses late is refused."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest
from aiohttp import web

from backend.foundation import db
from backend.foundation.ids import new_id
from backend.notifications import events
from backend.notifications.delivering import deliver
from backend.runtime import Runtime
from tests.backend.notifications.people import SERVICE, Phone, deliveries, message, reasons, say
from tests.backend.notifications.reaching import REPORT_SECRET, Reachable, prove_phone
from tests.support.api import Api, serve

PATH = f"/sms/reports/{REPORT_SECRET}"


@pytest.fixture
async def api(everywhere: Runtime) -> AsyncIterator[Api]:
    async with serve(everywhere) as made:
        yield made


@pytest.fixture
async def reported(people: Reachable, api: Api) -> AsyncIterator[Reachable]:
    """The stand-in posts its reports to our door."""

    async def forward(request: web.Request) -> web.Response:
        answer = await api.request("POST", request.path, content=await request.read())
        return web.Response(status=answer.status_code, body=answer.content, content_type="application/json")

    app = web.Application()
    app.router.add_route("POST", "/{path:.*}", forward)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    people.sandbox.control("PATCH", "settings", sms_report_url=f"http://127.0.0.1:{port}{PATH}", push_retry_wait_ms=0)
    yield people
    await runner.cleanup()


async def _applied(people: Reachable, count: int) -> None:
    """Wait until so many reports were taken, then do the worker's part."""
    async with asyncio.timeout(30):
        while (told := people.sandbox.control("GET", "pushes"))["delivered"] < count:
            assert told["given_up"] == 0, told["recent"]
            await asyncio.sleep(0.02)
    while await events.handle():
        continue


async def _texted(people: Reachable, **given: Any) -> Phone:
    """An owner who is told by text message alone, for he allows nothing else."""
    phone = await people.make(taps=0)
    await prove_phone(phone)
    if given:
        people.sandbox.control("PATCH", "settings", **given)
    await say(message(phone.person, SERVICE))
    await deliver()
    return phone


async def _text() -> dict[str, Any]:
    [found] = [row for row in await deliveries() if row["channel"] == "sms"]
    return found


async def test_a_report_proves_what_was_sent(reported: Reachable) -> None:
    await _texted(reported)
    assert (await _text())["confirmed_at"] is None
    await _applied(reported, 1)
    text = await _text()
    assert (text["state"], text["reason"]) == ("sent", None)
    assert text["confirmed_at"] is not None


@pytest.mark.parametrize(("code", "state", "reason"), [("DELIVERED", "sent", None), ("UNDELIV", "refused", "UNDELIV")])
async def test_what_nobody_answered_is_settled_by_the_report(
    reported: Reachable, code: str, state: str, reason: str | None
) -> None:
    reported.sandbox.fault(path="/sms", drop=True, times=1)
    await _texted(reported, sms_report_code=code, sms_report_delay_ms=300)
    assert (await _text())["state"] == "unknown"
    await _applied(reported, 1)
    text = await _text()
    assert (text["state"], text["reason"]) == (state, reason)
    assert text["msgid"]
    assert len(reported.texts()) == 1


async def test_a_late_refusal_goes_on_by_the_next_channel(reported: Reachable) -> None:
    """No kind has a channel behind text messages; one that had would go on by it."""
    await _texted(reported, sms_report_code="MOBILE_NOT_ON_SERVICE")
    phone = await reported.make(taps=0)
    await reported.follow(phone)
    text = await _text()
    await db.execute("UPDATE persons SET unionid = NULL WHERE id = $1", phone.person)
    told = reported.sandbox.control("GET", f"owners/{phone.openid}")
    await db.execute("UPDATE persons SET unionid = $2 WHERE id = $1", text["person_id"], told["unionid"])
    await db.execute("UPDATE deliveries SET onward = '{service}' WHERE id = $1", text["id"])
    await _applied(reported, 1)
    assert (await _text())["state"] == "refused"
    await deliver()
    assert ("sent", None) in await reasons()
    assert reported.by_account() == ["service"]


async def test_what_was_given_up_is_still_settled_and_a_repetition_changes_nothing(
    reported: Reachable, api: Api
) -> None:
    reported.sandbox.control("PATCH", "settings", sms_reports=False)
    reported.sandbox.fault(path="/sms", drop=True, times=1)
    await _texted(reported)
    text = await _text()
    await db.execute("UPDATE deliveries SET state = 'unknown_final', settled_at = due_at WHERE id = $1", text["id"])
    report = {"out_id": str(text["id"]), "biz_id": "7^0", "success": True, "err_code": "DELIVERED"}
    late = {**report, "success": False, "err_code": "UNDELIV"}
    for told in ([report, {"out_id": "nobody's"}, {"out_id": str(new_id())}], [report], [late]):
        assert (await api.request("POST", PATH, content=orjson.dumps(told))).json()["code"] == 0
        while await events.handle():
            continue
    assert (await _text())["state"] == "sent"


async def test_a_report_of_another_message_than_it_took_is_none(reported: Reachable, api: Api) -> None:
    reported.sandbox.control("PATCH", "settings", sms_reports=False)
    phone = await _texted(reported)
    text = await _text()
    [first, *_] = await deliveries(phone.person)
    wrong = [
        {"out_id": str(text["id"]), "biz_id": "other^0", "success": False, "err_code": "UNDELIV"},
        {"out_id": str(first["id"]), "biz_id": "other^0", "success": True, "err_code": "DELIVERED"},
    ]
    await api.request("POST", PATH, content=orjson.dumps(wrong))
    while await events.handle():
        continue
    assert (await _text())["state"] == "sent"
    assert (await deliveries(phone.person))[0]["state"] == first["state"]


async def test_no_number_is_kept(reported: Reachable) -> None:
    await _texted(reported)
    await _applied(reported, 1)
    stored = await db.fetch_value("SELECT event::text FROM callback_events WHERE account = 'sms'")
    assert reported.texts()[0]["phone"] not in stored


@pytest.mark.usefixtures("reported")
@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (PATH, b"[]", 200),
        (PATH, b"{}", 400),
        (PATH, b"[1]", 400),
        (PATH, b"[{", 400),
        (PATH, b"", 400),
        (PATH, b'[{"out_id":"\\u0000x","success":"maybe","err_code":[1]}]', 200),
        (PATH, b"[" + b" " * 300_000 + b"]", 413),
        (PATH[:-1] + "x", b"[]", 404),
        ("/sms/reports/", b"[]", 404),
        ("/sms/reports/%E4%B8%AD", b"[]", 404),
    ],
)
async def test_the_door(api: Api, path: str, body: bytes, status: int) -> None:
    answer: httpx.Response = await api.request("POST", path, content=body)
    assert answer.status_code == status
    while await events.handle():
        continue
