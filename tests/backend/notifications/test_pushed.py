"""The words for how a push went fit the channel that was tried."""

from backend.notifications.kinds import CHANNELS
from backend.notifications.pushed import told
from backend.notifications.states import DeliveryState


def _sentence(state: str, reason: str | None, channel: str) -> str:
    return str(told(state, reason, channel, goes_on=False)["sentence"])


def test_a_refused_text_message_is_no_missing_subscription() -> None:
    assert _sentence("refused", "this number can't be reached by text message", "sms") == "未推送：短信没有送到"
    assert _sentence("refused", "no_phone", "sms") == "未推送：没有验证过的手机号"
    assert _sentence("refused", "user block", "service") == "未推送：服务号消息没有送到"
    assert _sentence("refused", "refused", "subscribe") == "未推送：没有订阅"


def test_nothing_but_a_subscription_speaks_of_one() -> None:
    for state in DeliveryState:
        for channel in CHANNELS:
            assert ("订阅" in _sentence(state, None, channel)) <= (channel == "subscribe")
