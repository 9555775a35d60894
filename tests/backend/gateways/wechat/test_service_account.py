"""The service account against the stand-in: its own token, messages, followers, templates."""

from typing import Any

import pytest

from backend.foundation import db
from backend.gateways.wechat.errors import WeChatRefused, WeChatUnanswered
from backend.gateways.wechat.service_account import Follower, ServiceGateway
from backend.runtime import Runtime
from tests.support.sandbox import APPID, SERVICE_APPID, Sandbox

SEND = "/cgi-bin/message/template/send"
DATA = {"thing1": "小微企业社保补贴", "thing2": "湖州某某食品店", "thing3": "年底前"}


@pytest.fixture
def service(every_channel: Runtime) -> ServiceGateway:
    assert every_channel.service_account is not None
    return every_channel.service_account


def _owner(sandbox: Sandbox, **fields: Any) -> Any:
    return sandbox.control("POST", "owners", **fields)


async def _template(service: ServiceGateway) -> str:
    return {template.title: template.id for template in await service.templates()}["政策提醒通知"]


async def test_a_message_arrives_and_leads_into_the_mini_program(service: ServiceGateway, sandbox: Sandbox) -> None:
    openid = _owner(sandbox)["service_openid"]
    receipt = await service.send_service(openid, await _template(service), DATA, "pages/policy?id=1", once="d1")
    again = await service.send_service(openid, await _template(service), DATA, "pages/policy?id=1", once="d1")
    [message] = sandbox.control("GET", f"messages?openid={openid}")["items"]
    assert (message["account"], message["data"], message["page"]) == ("service", DATA, "pages/policy?id=1")
    assert receipt.msgid == again.msgid == message["msgid"]
    assert service.appid == SERVICE_APPID


async def test_its_token_is_its_own(every_channel: Runtime, service: ServiceGateway, sandbox: Sandbox) -> None:
    await service.templates()
    await every_channel.wechat.templates()
    keys = sorted(await every_channel.redis.keys("wechat:token:*"))
    assert keys == sorted(f"wechat:token:{appid}".encode() for appid in (APPID, SERVICE_APPID))
    sandbox.control("POST", "tokens/end", how="revoked")
    assert await service.templates()
    assert sandbox.calls("/cgi-bin/stable_token") == 3


@pytest.mark.parametrize("errcode", [-1, 40003, 40037, 43004, 45009, 47003, 48001])
async def test_a_refusal_is_told_and_nothing_is_repeated(
    service: ServiceGateway, sandbox: Sandbox, errcode: int
) -> None:
    template = await _template(service)
    sandbox.fault(path=SEND, errcode=errcode, times=1)
    with pytest.raises(WeChatRefused) as refused:
        await service.send_service(_owner(sandbox)["service_openid"], template, DATA)
    assert (refused.value.errcode, sandbox.control("GET", "messages")["total"]) == (errcode, 0)


async def test_who_does_not_follow_and_a_lost_answer(service: ServiceGateway, sandbox: Sandbox) -> None:
    template = await _template(service)
    with pytest.raises(WeChatRefused) as refused:
        await service.send_service(_owner(sandbox, follows=False)["service_openid"], template, DATA)
    assert refused.value.errcode == 43004
    sandbox.fault(path=SEND, drop=True, times=1)
    with pytest.raises(WeChatUnanswered):
        await service.send_service(_owner(sandbox)["service_openid"], template, DATA)


async def test_followers_are_known_by_unionid(service: ServiceGateway, sandbox: Sandbox) -> None:
    owners = [_owner(sandbox, unionid=f"union-{number}", follows=number > 0) for number in range(3)]
    openids = [owner["service_openid"] for owner in owners]
    told = await service.followers(openids)
    assert [(one.unionid, one.is_following) for one in told] == [(None, False), ("union-1", True), ("union-2", True)]
    assert isinstance(told[0], Follower)
    assert await service.followers([]) == ()
    page = await service.all_followers()
    assert page.openids == tuple(sorted(openids[1:]))
    assert page.after == page.openids[-1]
    assert (await service.all_followers(page.after)).after is None


async def test_nothing_is_called_inside_a_transaction(service: ServiceGateway) -> None:
    async with db.transaction():
        with pytest.raises(RuntimeError):
            await service.templates()
