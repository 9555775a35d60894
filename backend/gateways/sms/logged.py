"""The provider of whoever has none yet."""

from collections.abc import Mapping

from backend.foundation.logging import get_logger
from backend.foundation.secrets import mask_phone
from backend.gateways.sms.protocol import SmsReceipt

log = get_logger(__name__)


class LoggedSms:
    """Sends nothing: writes one line a message, without what it says, until an operator has a provider."""

    is_live = False

    def carries(self, template: str) -> bool:
        return bool(template)

    async def send(self, phone: str, template: str, params: Mapping[str, str], *, reference: str = "") -> SmsReceipt:
        log.info("sms.not_sent", phone=mask_phone(phone), template=template, params=sorted(params), reference=reference)
        return SmsReceipt(None)
