"""The client and the callback against the stand-in as a program: what both believe of the protocol agrees."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest
from aiohttp import ClientSession, web
from redis.asyncio import Redis

from backend.gateways.wechat.account import WeChatAccount
from backend.gateways.wechat.callback import Callback, Event
from backend.gateways.wechat.client import WeChatClient
from backend.gateways.wechat.errors import WeChatRefused
from tests.sandbox.program import AES_KEY, APPID, CALLBACK_TOKEN, FITTING, SECRET, Program, free_port


@dataclass
class Door:
    """Our callback's door, without the house behind it."""

    callback: Callback
    events: list[Event] = field(default_factory=list)
    came: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, request: web.Request) -> web.Response:
        if request.method == "GET":
            return web.Response(text=self.callback.handshake(request.query))
        self.events.append(self.callback.open(request.query, await request.read()))
        async with self.came:
            self.came.notify_all()
        return web.Response(text="success")

    async def wait_for(self, kind: str) -> Event:
        async with asyncio.timeout(30), self.came:
            await self.came.wait_for(lambda: any(event.kind == kind for event in self.events))
        return next(event for event in self.events if event.kind == kind)


@dataclass
class World:
    client: WeChatClient
    phone: httpx.AsyncClient
    door: Door


@pytest.fixture
async def world(http: ClientSession, redis: Redis) -> AsyncIterator[World]:
    port = free_port()
    program = Program(f"http://127.0.0.1:{port}/")
    account = WeChatAccount(APPID, program.url + "/", SECRET, CALLBACK_TOKEN, AES_KEY)
    door = Door(Callback(account))
    app = web.Application()
    app.router.add_route("*", "/", door.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await program.start()
    async with httpx.AsyncClient(base_url=program.url + "/control/", timeout=10) as phone:
        yield World(WeChatClient(account, http, redis), phone, door)
    program.stop()
    await runner.cleanup()


async def test_an_owner_signs_in_accepts_and_is_told(world: World) -> None:
    client, phone = world.client, world.phone
    verified = (await phone.post("callback/verify")).json()
    assert verified["verified"], verified

    session = await client.code_to_session("demo-老王")
    code = (await phone.post(f"owners/{session.openid}/phone-code")).json()["code"]
    number = await client.phone_number(code, session.openid)
    assert (number.country_code, len(number.number)) == ("86", 11)
    with pytest.raises(WeChatRefused) as spent:
        await client.phone_number(code, session.openid)
    assert spent.value.rid

    template = next(one for one in await client.templates() if "{{thing4.DATA}}" in one.content)
    with pytest.raises(WeChatRefused) as refused:
        await client.send_subscribe(session.openid, template.id, FITTING)
    assert refused.value.errcode == 43101
    await phone.post(f"owners/{session.openid}/subscribe", json={"template_ids": [template.id]})
    accepted = await world.door.wait_for("subscribe_msg_popup_event")
    assert accepted.openid == session.openid
    assert accepted.items[0]["TemplateId"] == template.id
    assert accepted.items[0]["SubscribeStatusString"] == "accept"

    await phone.post("tokens/end")
    await phone.patch("settings", json={"push_format": "xml"})
    receipt = await client.send_subscribe(session.openid, template.id, FITTING, "pages/policy/detail?id=1")
    sent = await world.door.wait_for("subscribe_msg_sent_event")
    assert (sent.openid, sent.items[0]["ErrorCode"]) == (session.openid, "0")
    assert receipt.msgid in {None, sent.items[0]["MsgID"]}

    await phone.patch("settings", json={"push_format": "json", "push_spaced_keys": True})
    await phone.post(f"owners/{session.openid}/authorization-cancel", json={})
    cancelled = await world.door.wait_for("user_authorization_cancellation")
    assert cancelled.openid in {None, session.openid}
    assert len({event.dedupe_hash for event in world.door.events}) == len(world.door.events)
