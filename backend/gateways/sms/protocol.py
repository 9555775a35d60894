"""What the capabilities may ask of a provider of text messages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SmsReceipt:
    """The provider took the message (it is not delivered yet); `id` is its own number, None where nothing was sent."""

    id: str | None


class SmsGateway(Protocol):
    """A provider of text messages under the office's one approved signature."""

    is_live: bool
    """Whether messages leave this machine at all."""

    def carries(self, template: str) -> bool:
        """Say whether our name of a template stands for an approved code."""

    async def send(self, phone: str, template: str, params: Mapping[str, str], *, reference: str = "") -> SmsReceipt:
        """Send one message to a mainland number (11 digits), once: never repeated here.

        `template` is our name of it, `reference` (at most 256 characters) comes back in the provider's reports. Raises
        an SmsError and nothing else, refuses to run inside a transaction, and ends within 8 s.
        """
