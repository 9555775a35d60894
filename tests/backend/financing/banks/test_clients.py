"""Banks' programs: a signed request once and in time, what their desk is told by webhook, and nothing by name."""

import re
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from backend import outbox
from backend.access import Actor
from backend.financing import errors
from backend.financing.banks import clients, institutions, webhooks
from backend.financing.banks.clients import Issued, Signed, signature
from backend.financing.consent import consenting, reading
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.errors import Unauthenticated
from backend.gateways import addresses
from backend.gateways import webhook as gateway
from backend.gateways.webhook import WebhookFailed
from backend.outbox import OutboxItem
from backend.runtime import Runtime
from tests.backend.financing.people import MANAGER, bank, owner, product, referred

NONCE = "n" * 16
PATH = "/api/partner/v1/referrals?limit=5"


def signed(made: Issued, *, nonce: str = NONCE, at: timedelta = timedelta(), body: bytes = b"", **other: str) -> Signed:
    """A request as a bank's program would sign it; `other` is what it claims instead."""
    moment = int((clock_module.now() + at).timestamp())
    honest = Signed("", "GET", PATH, body, '"3"', "key-0001")
    mark = signature(made.key, honest, moment, nonce)
    header = f"Wuwei-HMAC client={made.id},t={moment},nonce={nonce},v2={mark}"
    return replace(honest, **{"header": header, **other})


async def _client(url: str | None = None) -> tuple[Issued, Actor, Any, Any]:
    institution, desk_id, desk = await bank()
    assert desk.id
    return await clients.issue(desk.id, "信贷系统", url, actor=MANAGER), desk, institution, desk_id


async def test_a_program_acts_as_its_account_and_each_request_counts_once(running: Runtime) -> None:
    made, desk, institution, _ = await _client()
    actor = await clients.by_signature(signed(made))
    assert (actor.kind, actor.id) == (desk.kind, desk.id)
    with pytest.raises(Unauthenticated):
        await clients.by_signature(signed(made))
    person, _ = await owner(running)
    sent = await referred(person, await product(institution), method="interface")
    await reading.read(sent.id, actor=actor, method="interface")
    assert await db.fetch_value("SELECT method FROM financing_reads") == "interface"
    kept = await db.fetch_value("SELECT key_sealed FROM financing_clients")
    assert made.key.encode() not in bytes(kept)


@pytest.mark.parametrize(
    "given",
    [
        {"at": timedelta(seconds=-301)},
        {"at": timedelta(seconds=301)},
        {"method": "POST"},
        {"target": "/api/partner/v1/listings"},
        {"if_match": '"4"'},
        {"if_match": ""},
        {"if_match": "\udcff"},
        {"idempotency_key": "key-0002"},
        {"idempotency_key": ""},
        {"header": "Wuwei-HMAC nonsense"},
        {"header": f"Wuwei-HMAC client={'-' * 36},t=1,nonce={NONCE},v2={'0' * 64}"},
        {"header": "Bearer x"},
    ],
)
@pytest.mark.usefixtures("running", "clock")
async def test_what_is_old_or_altered_is_nobody_s(given: Any) -> None:
    made, *_ = await _client()
    with pytest.raises(Unauthenticated):
        await clients.by_signature(signed(made, **given))


async def test_another_body_is_not_what_was_signed(running: Runtime) -> None:
    assert running
    made, *_ = await _client()
    honest = signed(made, body=b"{}")
    with pytest.raises(Unauthenticated):
        await clients.by_signature(replace(honest, body=b'{"a":1}'))


async def test_a_key_ends_with_its_account_or_when_it_is_revoked(running: Runtime) -> None:
    assert running
    made, desk, _, desk_id = await _client()
    await db.execute("UPDATE staff_grants SET ended_at = now() + interval '1 second' WHERE staff_id = $1", desk.id)
    with pytest.raises(Unauthenticated):
        await clients.by_signature(signed(made))
    await db.execute("UPDATE staff_grants SET ended_at = NULL WHERE staff_id = $1", desk.id)
    await clients.revoke(made.id, actor=MANAGER)
    with pytest.raises(Unauthenticated):
        await clients.by_signature(signed(made, nonce="m" * 16))
    assert desk.id
    await institutions.part(desk_id, desk.id, actor=MANAGER)
    with pytest.raises(errors.NotAPartner):
        await clients.issue(desk.id, "又一个", None, actor=MANAGER)


@pytest.mark.parametrize(
    "url",
    [
        "http://bank.example/",
        "https://",
        "https://a:b@bank.example/",
        "ftp://x",
        "https://[",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://10.0.0.8/hook",
        "https://[::1]/",
        "https://[::ffff:10.0.0.8]/",
        "https://169.254.169.254/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://exa mple/",
        "https://bank.example/\r\nA: b",
        "https://bank.example/\thook",
        "https://bank.example:abc/",
        "https://bank.example:99999/",
        "https://bank.example:0/",
        "https://bank.example/#a",
        "https://银行.example/",
        "HTTPS://bank.example/",
        "https://bank%00.example/",
        "https://127.0.0.%31/",
        "https://\\127.0.0.1/",
    ],
)
async def test_only_a_plain_public_https_address_is_told(running: Runtime, url: str) -> None:
    assert running
    with pytest.raises(errors.ContentWrong):
        await _client(url)


async def test_where_the_operator_allows_it_a_callback_may_be_private(
    running: Runtime, receiver: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it does not take comes again, signed anew under the same name, and each try is one line of the log."""
    url, seen, bodies, answers = receiver
    with pytest.raises(errors.ContentWrong):
        await _client(url)
    anywhere = running.settings.model_copy(update={"bank_callbacks": "anywhere"})
    monkeypatch.setattr("backend.runtime._current", [replace(running, settings=anywhere)])
    institution = await db.fetch_value("SELECT id FROM financing_institutions")
    staff = await db.fetch_value("SELECT staff_id FROM financing_desk_people")
    with pytest.raises(errors.ContentWrong):
        await clients.issue(staff, "信贷系统", "https://exa mple/", actor=MANAGER)
    made = await clients.issue(staff, "信贷系统", url, actor=MANAGER)
    person, _ = await owner(running)
    await referred(person, await product(institution))
    answers.append(500)
    with capture_logs() as told:
        assert (await outbox.drain(webhooks.HANDLERS)).failed == 1
    assert [(line["event"], line["error"]) for line in told] == [
        ("outbox.retried", "ExpectedFailure: the webhook answered HTTP 500")
    ]
    assert "exc_info" not in told[0]
    await webhooks.deliver(await _waiting())
    assert [one.headers["X-Wuwei-Delivery"] for one in seen] == [seen[0].headers["X-Wuwei-Delivery"]] * 2
    mark = seen[1].headers["X-Wuwei-Signature"]
    moment = int(mark.partition(",")[0].removeprefix("t="))
    assert mark == gateway.sign(bodies[1], made.key, moment)
    assert orjson.loads(bodies[1])["event"] == "routed"


async def _waiting() -> list[OutboxItem]:
    sql = "SELECT id, payload::text AS payload FROM outbox WHERE topic = $1 ORDER BY id"
    rows = await db.fetch(sql, webhooks.TOPIC)
    moment = clock_module.now()
    return [OutboxItem(row["id"], webhooks.TOPIC, None, orjson.loads(row["payload"]), 1, moment) for row in rows]


async def test_a_desk_s_program_is_told_in_the_same_transaction(running: Runtime) -> None:
    made, _, institution, _ = await _client("https://bank.example/hook")
    person, place = await owner(running)
    sent = await referred(person, await product(institution))
    await consenting.revoke(sent.consent_id, "", actor=person)
    items = await _waiting()
    assert [item.payload["event"] for item in items] == ["routed", "given_up"]
    assert {item.payload["client_id"] for item in items} == {str(made.id)}
    told = repr([item.payload for item in items])
    assert str(place) not in told
    assert "湖州" not in told
    assert outbox.JOB


@pytest.fixture
async def receiver() -> AsyncIterator[tuple[str, list[web.Request], list[bytes], list[int]]]:
    seen: list[web.Request] = []
    bodies: list[bytes] = []
    answers: list[int] = []

    async def take(request: web.Request) -> web.Response:
        seen.append(request)
        bodies.append(await request.read())
        return web.Response(status=answers.pop(0) if answers else 204)

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook", seen, bodies, answers
    await runner.cleanup()


async def test_who_comes_to_another_bank_leaves_his_programs_behind(running: Runtime) -> None:
    """The key is in the hands of the bank that he left: it must not read what is another bank's now."""
    assert running
    made, desk, _, desk_id = await _client("https://bank.example/hook")
    _, rival_desk, _ = await bank("乙银行")
    assert desk.id
    await institutions.part(desk_id, desk.id, actor=MANAGER)
    await institutions.join(rival_desk, desk.id, actor=MANAGER)
    with pytest.raises(Unauthenticated):
        await clients.by_signature(signed(made))


async def test_a_closed_desk_holds_nobody_and_its_keys_go_nowhere(running: Runtime) -> None:
    made, desk, _, desk_id = await _client("https://bank.example/hook")
    _, rival_desk, other = await bank("乙银行")
    assert desk.id
    assert other.id
    with pytest.raises(errors.AtAnotherDesk):
        await institutions.join(rival_desk, desk.id, actor=MANAGER)
    await institutions.close_desk(desk_id, actor=MANAGER)
    await institutions.join(rival_desk, desk.id, actor=MANAGER)
    assert (await institutions.desk_of(desk)).id == (await institutions.desk_of(other)).id
    with pytest.raises(Unauthenticated):
        await clients.by_signature(signed(made))


async def test_who_has_left_meanwhile_is_told_nothing(running: Runtime, receiver: Any) -> None:
    _, seen, _, _ = receiver
    made, desk, institution, desk_id = await _client("https://bank.example/hook")
    person, _ = await owner(running)
    await referred(person, await product(institution))
    (item,) = await _waiting()
    assert item.payload["client_id"] == str(made.id)
    assert desk.id
    await institutions.staff_left([desk.id])
    await webhooks.deliver([item])
    assert desk_id
    assert seen == []


async def test_a_name_that_leads_inside_is_not_posted_to(receiver: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It led elsewhere when it was entered: what counts is where the connection goes."""
    url, seen, _, _ = receiver
    port = int(url.rpartition(":")[2].partition("/")[0])

    async def rebound(*_: Any) -> list[dict[str, Any]]:
        found = {"hostname": "bank.example", "host": "127.0.0.1", "port": port, "proto": 0, "flags": 0}
        return [{**found, "family": socket.AF_INET}]

    monkeypatch.setattr(aiohttp.ThreadedResolver, "resolve", rebound)
    named = f"http://bank.example:{port}/hook"
    async with gateway.open_webhook(named, "k", public_only=True) as webhook:
        with pytest.raises(WebhookFailed):
            await webhook.post({}, delivery="1")
    assert seen == []
    monkeypatch.setattr(gateway, "is_public", lambda _: True)
    async with gateway.open_webhook(named, "k", public_only=True) as webhook:
        await webhook.post({}, delivery="1")
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("address", "is_public"),
    [
        ("8.8.8.8", True), ("2400:3200::1", True), ("10.1.2.3", False), ("100.100.100.200", False), ("::1", False),
        ("::ffff:127.0.0.1", False), ("fe80::1%eth0", False), ("224.0.0.1", False), ("0.0.0.0", False), ("x", False),
        ("64:ff9b::7f00:1", False), ("64:ff9b::808:808", True), ("2002:7f00:1::", False), ("2001:0:1::1", False),
        ("::127.0.0.1", False), ("::ffff:0:127.0.0.1", False), ("64:ff9b:1::1", False), ("240.0.0.1", False),
    ],
)  # fmt: skip
def test_which_addresses_are_public(address: str, is_public: bool) -> None:
    assert addresses.is_public(address) is is_public
    assert not gateway.leads_inside("https://cafe.bad/")


def test_the_example_of_the_docs_is_what_is_checked() -> None:
    page = (Path(__file__).parents[4] / "docs" / "partner-api.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| (\S+) \| `(.*)` \|$", page, re.MULTILINE))
    headers = (rows["If-Match"], rows["Idempotency-Key"])
    request = Signed("", rows["方法"], rows["路径"], rows["请求体"].encode(), *headers)
    assert signature(rows["密钥"], request, int(rows["t"]), rows["nonce"]) == rows["签名"]
