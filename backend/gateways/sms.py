"""Text messages: approved signatures and template codes with parameters, never free text."""

from collections.abc import Mapping
from typing import Protocol

from backend.foundation.logging import get_logger
from backend.foundation.secrets import mask_phone

log = get_logger(__name__)


class SmsGateway(Protocol):
    """A provider of text messages."""

    async def send(self, phone: str, template_code: str, params: Mapping[str, str], sign_name: str) -> None:
        """Send one message to a mainland number; returns once the provider took it."""


class LoggedSms:
    """Sends nothing: writes one line a message, without what it says, until an operator has a provider."""

    async def send(self, phone: str, template_code: str, params: Mapping[str, str], sign_name: str) -> None:
        log.info(
            "sms.not_sent",
            phone=mask_phone(phone),
            template=template_code,
            sign_name=sign_name,
            params=sorted(params),
        )
