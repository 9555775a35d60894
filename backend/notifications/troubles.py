"""What a failed call says to the operators: which alert, about what; nothing of the person to whom it was to go."""

import re
from typing import Final

from backend.alerts import Trouble
from backend.gateways.sms.errors import SmsError, SmsRefused
from backend.gateways.wechat.errors import WeChatError, WeChatRefused
from backend.gateways.wechat.policy import Policy
from backend.notifications.claiming import Claimed
from backend.notifications.kinds import KINDS

Failure = WeChatError | SmsError

_FIELD: Final = re.compile(r"data\.([a-z_]+\d*)")
# What an alert is about, where it is not the channel as a whole.
_BY_TEMPLATE: Final = frozenset({"template_stopped", "sensitive_words"})
_BY_CODE: Final = frozenset({"message_refused"})


def code_of(error: Failure) -> str | None:
    """Return the code of whoever refused, None where nobody answered."""
    return str(error.errcode) if isinstance(error, WeChatRefused | SmsRefused) else None


def name_of(channel: str, title: str) -> str:
    """Return the name of a template in the list of alerts: several channels may have one of the same title."""
    return title if channel == "subscribe" else f"{title} ({channel})"


def _title(message: Claimed) -> str:
    """Return the name by which an operator knows the template."""
    kind = KINDS.get(message.kind)
    form = kind.forms.get(message.channel) if kind else None
    return name_of(message.channel, form.template) if form else message.template_id


def trouble_of(policy: Policy, error: Failure, message: Claimed) -> Trouble | None:
    """Return what to tell the operators of a failure, None when it is nothing to them."""
    if policy.alert is None:
        return None
    code, channel, template = code_of(error), message.channel, _title(message)
    field = _FIELD.search(str(error))
    told = {
        "channel": channel,
        "code": code,
        "meaning": policy.meaning,
        "kind": message.kind,
        "template": template,
        "field": field[1] if field else None,
        "rid": error.rid if isinstance(error, WeChatRefused) else None,
    }
    key = template if policy.alert in _BY_TEMPLATE else (code or "") if policy.alert in _BY_CODE else channel
    return Trouble(policy.alert, key, {name: value for name, value in told.items() if value is not None})
