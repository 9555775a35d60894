"""The delivery reports that Alibaba Cloud posts ("SmsReport", HTTP batch push), in one shape with WeChat's pushes.

Source: 阿里云帮助中心「SmsReport」(HTTP批量推送模式): a JSON array of reports; anything but 200 with a number as `code`
makes it post again after 1, 5 and 10 minutes. **The page names no signature**: whoever posts is known by nothing but
the address, so the address holds a secret. A report may come twice. Numbers of phones are not taken over.
"""

import hashlib
import hmac
from typing import Any, Final

import orjson

from backend.foundation import clock
from backend.foundation.settings import Settings
from backend.gateways.wechat.callback import Event

ACCOUNT: Final = "sms"
KIND: Final = "sms_report"
TAKEN: Final = b'{"code":0,"msg":"\xe6\x8e\xa5\xe6\x94\xb6\xe6\x88\x90\xe5\x8a\x9f"}'
"""What the provider wants to read: code 0, 接收成功."""
_LONGEST: Final = 128
_FIELDS: Final = ("out_id", "biz_id", "err_code", "report_time")


class Unreadable(Exception):
    """No report of the provider's; the message says why."""


def is_ours(secret: str, settings: Settings) -> bool:
    """Tell whether the address holds our secret; nobody's does while none is set."""
    wanted = settings.sms_report_secret.get_secret_value()
    return bool(wanted) and hmac.compare_digest(secret.encode(), wanted.encode())


def read(body: bytes) -> Event:
    """Read a push; `items` are its reports: out_id, biz_id, err_code, report_time, and `success` as "1" or ""."""
    try:
        told = orjson.loads(body)
    except ValueError:
        raise Unreadable("broken JSON") from None
    if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
        raise Unreadable("no list of reports")
    items = tuple(_report(one) for one in told)
    digest = hashlib.sha256(orjson.dumps(items, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return Event(KIND, None, clock.now(), items, {}, digest)


def _report(told: dict[str, Any]) -> dict[str, str]:
    success = told.get("success")
    report = {name: _text(told.get(name)) for name in _FIELDS}
    return {**report, "success": "1" if success is True or success == "true" else ""}


def _text(value: Any) -> str:
    """Return a scalar as text that PostgreSQL can hold, "" when it is missing or none."""
    if isinstance(value, str):
        return value.replace("\0", "").strip()[:_LONGEST]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""
