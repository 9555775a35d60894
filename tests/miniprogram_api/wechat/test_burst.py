"""A burst of pushes, repeated and tampered with among them: each answered in time, stored once, applied once."""

import asyncio
import random
import time
from typing import Any

import pytest

from backend.foundation import db
from backend.notifications import credits as ledger
from backend.notifications import events
from backend.runtime import Runtime
from tests.backend.notifications.people import BROADCAST, Phone, Phones, balance
from tests.support.api import serve
from tests.support.pushes import Pusher
from tests.support.sandbox import Sandbox
from tests.support.sizes import scaled

PATH = "/wechat/events/miniprogram"
IN_FLIGHT = 50
WECHATS_PATIENCE = 5.0
FORMS = ("object", "array", "container", "spaced", "numbers", "xml")


def _accept(phone: Phone, template: str, number: int) -> tuple[dict[str, Any], str]:
    """One tap, in one of the forms in which WeChat tells of it; the second tells them apart."""
    form = FORMS[number % len(FORMS)]
    item: dict[str, Any] = {"TemplateId": template, "SubscribeStatusString": "accept", "PopupScene": "0"}
    event: dict[str, Any] = {
        "ToUserName": "gh_0",
        "FromUserName": phone.openid,
        "CreateTime": 1_790_000_000 + number,
        "MsgType": "event",
        "Event": "subscribe_msg_popup_event",
    }
    if form == "numbers":
        item["PopupScene"] = 0
        event["CreateTime"] = str(event["CreateTime"])
    listed: Any = {"List": [item] if form == "array" else item}
    if form in {"container", "xml"}:
        listed = {"SubscribeMsgPopupEvent": listed}
    if form == "spaced":
        event, listed = (
            {f" {key}": value for key, value in event.items()},
            {" List": {f" {k}": v for k, v in item.items()}},
        )
    return {**event, **listed}, "xml" if form == "xml" else "json"


@pytest.mark.usefixtures("redis")
async def test_nothing_is_lost_and_nothing_applied_twice(connected: Runtime, sandbox: Sandbox) -> None:
    phones = Phones(sandbox)
    await phones.learn_templates()
    people = [await phones.make(taps=0) for _ in range(10)]
    pusher, each = Pusher.of(connected.settings), scaled(30)
    taps = [_accept(phone, phones.ids[BROADCAST], number) for phone in people for number in range(each)]
    good = [pusher.push(*tap) for tap in taps for _ in range(2)]  # every one repeated, as after a lost answer
    bad = [pusher.posing_as("wx0").push(*tap) for tap in taps[:: len(FORMS)]]
    pushes = [(push, "success") for push in good] + [(push, "forbidden") for push in bad]
    random.shuffle(pushes)
    waits: list[float] = []
    async with serve(connected) as api:
        gate = asyncio.Semaphore(IN_FLIGHT)

        async def send(push: tuple[dict[str, str], bytes], wanted: str) -> None:
            async with gate:
                began = time.perf_counter()
                answer = await api.post(PATH, params=push[0], content=push[1])
                waits.append(time.perf_counter() - began)
                assert answer.text == wanted

        # A worker works them off meanwhile, as it does in life.
        await asyncio.gather(*(send(*one) for one in pushes), _work(2))
    while await events.handle():
        continue
    assert max(waits) < WECHATS_PATIENCE  # how fast it really is, a bench tells on a machine of its own
    assert await db.fetch_value("SELECT count(*) FROM callback_events") == len(taps)
    assert [await balance(phone) for phone in people] == [each] * len(people)
    assert await ledger.drift() == []


async def _work(rounds: int) -> None:
    for _ in range(rounds):
        await asyncio.sleep(0.05)
        await events.handle()
