"""Text messages: an approved signature, a template code and its parameters, never free text."""

from backend.gateways.sms.errors import SmsError
from backend.gateways.sms.logged import LoggedSms
from backend.gateways.sms.opening import open_sms
from backend.gateways.sms.policy import decide
from backend.gateways.sms.protocol import SmsGateway, SmsReceipt

__all__ = ["LoggedSms", "SmsError", "SmsGateway", "SmsReceipt", "decide", "open_sms"]
