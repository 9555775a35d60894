"""The service account's callback: its own address, keys and appid; closed where there is no such account."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from backend.foundation import db
from backend.runtime import Runtime
from tests.support.api import Api, serve
from tests.support.pushes import Pusher
from tests.support.sandbox import SERVICE_APPID

PATH, OURS = "/wechat/events/service", "/wechat/events/miniprogram"
FINISHED = {
    "ToUserName": "gh_1",
    "FromUserName": "service-openid-1",
    "CreateTime": 1790000000,
    "MsgType": "event",
    "Event": "TEMPLATESENDJOBFINISH",
    "MsgID": 200163836,
    "Status": "success",
}


@pytest.fixture
async def door(every_channel: Runtime) -> AsyncIterator[Api]:
    async with serve(every_channel) as client:
        yield client


async def _stored() -> list[Any]:
    return await db.fetch("SELECT account, event FROM callback_events ORDER BY id")


@pytest.mark.parametrize("form", ["json", "xml"])
async def test_its_events_are_stored_under_its_appid(door: Api, every_channel: Runtime, form: str) -> None:
    pusher = Pusher.of(every_channel.settings, "wechat_service_")
    query, body = pusher.push(FINISHED, form)
    assert (await door.post(PATH, params=query, content=body)).text == "success"
    [row] = await _stored()
    event = json.loads(row["event"])
    assert (row["account"], event["kind"], event["openid"]) == (
        SERVICE_APPID, "TEMPLATESENDJOBFINISH", "service-openid-1",
    )  # fmt: skip
    answer = await door.get(PATH, params={**pusher.sign(""), "echostr": "echo"})
    assert answer.text == "echo"


async def test_one_account_s_push_is_not_taken_for_the_other_s(door: Api, every_channel: Runtime) -> None:
    """Although here both have one token and key: the appid inside decides."""
    service, mini = Pusher.of(every_channel.settings, "wechat_service_"), Pusher.of(every_channel.settings)
    for pusher, path in ((service, OURS), (mini, PATH)):
        query, body = pusher.push(FINISHED)
        assert (await door.post(path, params=query, content=body)).status_code == 403
    assert await _stored() == []


async def test_the_same_words_to_both_are_two_events(door: Api, every_channel: Runtime) -> None:
    for prefix, path in (("wechat_service_", PATH), ("wechat_", OURS)):
        query, body = Pusher.of(every_channel.settings, prefix).push(FINISHED)
        assert (await door.post(path, params=query, content=body)).text == "success"
    assert len(await _stored()) == 2


async def test_without_the_account_there_is_no_such_address(api: Api, running: Runtime) -> None:
    query, body = Pusher.of(running.settings).push(FINISHED)
    assert (await api.post(PATH, params=query, content=body)).status_code == 404
    assert (await api.get(PATH, params=query)).status_code == 404
