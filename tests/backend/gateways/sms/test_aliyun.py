"""The provider's adapter against its stand-in, over HTTP."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from backend.foundation import db
from backend.gateways.sms import LoggedSms, SmsError, SmsGateway, decide
from backend.gateways.sms.errors import SmsRefused, SmsUnanswered, SmsUnavailable
from backend.gateways.sms.policy import POLICIES
from backend.gateways.wechat.policy import Action, Wait
from backend.runtime import Runtime
from tests.support.running import NOWHERE, make_settings, run
from tests.support.sandbox import Sandbox, all_channels

PHONE = "13800001234"
PARAMS = {"matter": "绑定申请", "result": "已通过"}


@pytest.fixture
def sms(every_channel: Runtime) -> SmsGateway:
    return every_channel.sms


def _received(sandbox: Sandbox) -> Any:
    return sandbox.control("GET", "sms")["items"]


async def _failure(sms: SmsGateway, template: str = "binding_result") -> SmsError:
    with pytest.raises(SmsError) as raised:
        await sms.send(PHONE, template, PARAMS, reference="d-1")
    return raised.value


async def test_a_message_arrives_and_no_log_knows_whom_or_what(sms: SmsGateway, sandbox: Sandbox) -> None:
    with capture_logs() as logs:
        receipt = await sms.send(PHONE, "binding_result", PARAMS, reference="d-1")
    [message] = _received(sandbox)
    assert message["text"] == "【无微不至】您提交的绑定申请已通过，请打开小程序查看。"
    assert (message["out_id"], receipt.id) == ("d-1", f"{message['id']}^0")
    assert (sms.is_live, sms.carries("binding_result"), sms.carries("none")) == (True, True, False)
    written = str(logs)
    assert "138****1234" in written
    assert PHONE not in written
    assert "绑定申请" not in written


@pytest.mark.parametrize("code", sorted(POLICIES))
async def test_every_code_has_its_policy(sms: SmsGateway, sandbox: Sandbox, code: str) -> None:
    sandbox.fault(path="/sms", sms_code=code, times=1)
    error = await _failure(sms)
    assert isinstance(error, SmsRefused)
    assert error.request_id
    assert decide(error) is POLICIES[code]
    assert _received(sandbox) == []


async def test_what_the_answers_mean(sms: SmsGateway, sandbox: Sandbox) -> None:
    meant = {
        "isp.SYSTEM_ERROR": Action.RETRY,
        "isv.MOBILE_NUMBER_ILLEGAL": Action.DEGRADE,
        "isv.BLACK_KEY_CONTROL_LIMIT": Action.DEGRADE,
        "isv.SMS_CONTENT_ILLEGAL": Action.DROP,
        "isv.SMS_TEST_NUMBER_LIMIT": Action.STOP_TEMPLATE,
        "isv.SMS_TEMPLATE_ILLEGAL": Action.STOP_TEMPLATE,
        "isv.SMS_SIGNATURE_ILLEGAL": Action.PAGE,
        "isv.AMOUNT_NOT_ENOUGH": Action.PAGE,
        "SignatureDoesNotMatch": Action.PAGE,
        "InternalError": Action.SETTLE,
        "isv.NEVER_HEARD_OF": Action.DROP,
    }
    for code, action in meant.items():
        sandbox.fault(path="/sms", sms_code=code, times=1)
        assert decide(await _failure(sms)).action is action
    assert all(line.alert for line in POLICIES.values() if line.action in {Action.PAGE, Action.STOP_TEMPLATE})


@pytest.mark.parametrize(("limit", "wait"), [({"sms_per_minute": 0}, Wait.MINUTE), ({"sms_per_day": 0}, Wait.DAY)])
async def test_a_number_s_limit_waits_as_long_as_it_lasts(
    sms: SmsGateway, sandbox: Sandbox, limit: dict[str, int], wait: Wait
) -> None:
    sandbox.control("PATCH", "settings", **limit)
    line = decide(await _failure(sms))
    assert (line.action, line.wait) == (Action.DEFER, wait)


async def test_a_lost_answer_may_have_been_sent(sms: SmsGateway, sandbox: Sandbox) -> None:
    sandbox.fault(path="/sms", drop=True, times=1)
    error = await _failure(sms)
    assert isinstance(error, SmsUnanswered)
    assert (error.may_have_happened, decide(error).action) == (True, Action.SETTLE)
    assert len(_received(sandbox)) == 1
    sandbox.fault(path="/sms", http_status=502, times=1)
    assert isinstance(await _failure(sms), SmsUnanswered)
    assert PHONE not in str(error)


async def test_a_template_without_a_code_is_refused_here(sms: SmsGateway, sandbox: Sandbox) -> None:
    assert decide(await _failure(sms, "none")).action is Action.STOP_TEMPLATE
    assert sandbox.calls("/sms") == 0


async def test_nothing_is_sent_inside_a_transaction(sms: SmsGateway, sandbox: Sandbox) -> None:
    async with db.transaction():
        with pytest.raises(RuntimeError):
            await sms.send(PHONE, "binding_result", PARAMS)
    assert _received(sandbox) == []


async def test_a_wrong_key_and_no_connection(database: str, redis: Any, redis_url: str, sandbox: Sandbox) -> None:
    given = all_channels(sandbox)
    async with run(make_settings(database, redis_url, **{**given, "sms_key_secret": "wrong"}), redis) as made:
        error = await _failure(made.sms)
        assert isinstance(error, SmsRefused)
        assert error.errcode == "SignatureDoesNotMatch"
    async with run(make_settings(database, redis_url, **{**given, "sms_base_url": NOWHERE}), redis) as made:
        error = await _failure(made.sms)
        assert isinstance(error, SmsUnavailable)
        assert (error.may_have_happened, decide(error).action) == (False, Action.RETRY)


async def test_without_a_provider_it_is_written_down_only(running: Runtime) -> None:
    assert isinstance(running.sms, LoggedSms)
    assert running.service_account is None
