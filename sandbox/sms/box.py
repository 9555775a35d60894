"""Text messages that phones received, and the templates that the provider approved (seeded from templates.json)."""

import re
from bisect import bisect_right
from collections import Counter, OrderedDict
from pathlib import Path
from typing import Any

import msgspec
import orjson

from sandbox import clock

_FILE = Path(__file__).parent / "templates.json"
_VARIABLE = re.compile(r"\$\{([A-Za-z][A-Za-z0-9_]*)\}")
_NONCES = 10_000


class SmsTemplate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`key` is a handle for people and tests; the provider only knows `code`."""

    key: str
    code: str
    text: str
    is_approved: bool = True

    @property
    def variables(self) -> list[str]:
        """Their names, in order."""
        return _VARIABLE.findall(self.text)

    def filled(self, values: dict[str, str]) -> str:
        """What the phone shows."""
        return _VARIABLE.sub(lambda found: values[found[1]], self.text)


class TextMessage(msgspec.Struct, frozen=True, gc=False):
    """One accepted message; `out_id` is the sender's own reference."""

    number: int
    at: int
    phone: str
    code: str
    text: str
    values: str
    out_id: str = ""

    def shown(self) -> dict[str, Any]:
        """For the control API."""
        return {
            "id": str(self.number),
            "sent_at": clock.text(self.at),
            "phone": self.phone,
            "template_code": self.code,
            "text": self.text,
            "params": orjson.loads(self.values),
            "out_id": self.out_id or None,
        }

    def reported(self, code: str) -> dict[str, Any]:
        """As the provider's SmsReport tells what became of it; any code but DELIVERED is a refusal of the network's."""
        at = clock.text(self.at)[:19].replace("T", " ")
        return {
            "phone_number": self.phone,
            "send_time": at,
            "report_time": at,
            "success": code == "DELIVERED",
            "err_code": code,
            "err_msg": "用户接收成功" if code == "DELIVERED" else "用户未接收",
            "sms_size": "1",
            "biz_id": f"{self.number}^0",
            "out_id": self.out_id,
        }


class SmsBox:
    """Append-only; `items` is ordered by number. Methods named in `World` replay the journal."""

    def __init__(self, seed: tuple[SmsTemplate, ...]) -> None:
        self.templates = {template.code: template for template in seed}
        self.items: list[TextMessage] = []
        self.by_phone: dict[str, list[TextMessage]] = {}
        self._nonces: OrderedDict[str, None] = OrderedDict()

    def put_template(self, key: str, code: str, text: str, is_approved: bool) -> None:
        """Approve a template, change it, or take its approval back."""
        self.templates[code] = SmsTemplate(key, code, text, is_approved)

    def add(self, message: TextMessage) -> None:
        """Note one accepted message."""
        self.items.append(message)
        self.by_phone.setdefault(message.phone, []).append(message)

    def is_fresh(self, nonce: str) -> bool:
        """Whether a request's nonce was never used; notes it."""
        if nonce in self._nonces:
            return False
        self._nonces[nonce] = None
        if len(self._nonces) > _NONCES:
            self._nonces.popitem(last=False)
        return True

    def sent_since(self, phone: str, at: int) -> int:
        """Messages to a number at or after a moment."""
        return sum(message.at >= at for message in self.by_phone.get(phone, ()))

    def select(self, phone: str | None, after: int) -> list[TextMessage]:
        """Messages to a number whose own number is greater than `after`."""
        items = self.items if phone is None else self.by_phone.get(phone, [])
        return items[bisect_right(items, after, key=lambda message: message.number) :]

    def summary(self, after: int) -> dict[str, Any]:
        """Counts, and what somebody received more than once under one reference."""
        items = self.select(None, after)
        groups = Counter((message.phone, message.text, message.out_id) for message in items)
        repeated = [(*group, count) for group, count in groups.items() if count > 1]
        names = ("phone", "text", "out_id", "count")
        return {"accepted": len(items), "duplicates": [dict(zip(names, one, strict=True)) for one in repeated]}


def templates() -> tuple[SmsTemplate, ...]:
    """Read the seed."""
    return msgspec.json.decode(_FILE.read_bytes(), type=tuple[SmsTemplate, ...])
