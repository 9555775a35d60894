"""Spells a workbook's typed cells as a CSV would: numbers without float artefacts, days in ISO form, truth values."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType

_PLAIN = re.compile(r"0|-?[1-9]\d{0,14}|-?\d{1,11}\.\d{0,3}[1-9]", re.ASCII)
_PRECISE = 10**15  # a double keeps 15 digits; a code typed as a longer number has lost its end
_BUILT_IN_DAYS = frozenset(map(str, (*range(14, 18), 22, *range(27, 37), *range(50, 59))))
_NO_LETTERS = re.compile(r'"[^"]*"|\\.|_.|\[[^\]]*\]')
_LAST_SERIAL = 2_958_465  # 9999-12-31
_LEAP_BUG = 60  # 1900-02-29, a day that never was
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_", re.ASCII)
TRUTHS: Mapping[str, str] = MappingProxyType({"1": "TRUE", "0": "FALSE", "true": "TRUE", "false": "FALSE"})


class CellFlawed(ValueError):
    """Why a cell's value can't be trusted, as a Chinese sentence without its full stop."""


def number(raw: str) -> str:
    """A number as it would be typed: 1.38E10 is 13800000000, 0.30000000000000004 is 0.3; raises CellFlawed."""
    if _PLAIN.fullmatch(raw):
        return raw
    value = _value(raw)
    if abs(value) >= _PRECISE:
        raise CellFlawed("数字超过15位，Excel已丢失其末尾几位，请将该列设为文本格式后重新填写")
    return format(Decimal(f"{value:.15g}").normalize() if value else Decimal(0), "f")


def _value(raw: str) -> float:
    try:
        value = float(raw)
    except ValueError:
        raise CellFlawed("不是有效的数字") from None
    if not abs(value) < float("inf"):
        raise CellFlawed("不是有效的数字")
    return value


def day(raw: str, *, is_1904: bool) -> str:
    """A serial day as 2026-01-31, with its time of day behind it if it has one; what can't be a day is a number."""
    seconds = round(_value(raw) * 86_400)
    serial, rest = divmod(seconds, 86_400)
    if not (0 if is_1904 else 1) <= serial <= _LAST_SERIAL or (serial == _LEAP_BUG and not is_1904):
        return number(raw)
    first = date(1904, 1, 1) if is_1904 else date(1899, 12, 31 if serial < _LEAP_BUG else 30)
    try:
        found = (first + timedelta(days=serial)).isoformat()
    except OverflowError:
        return number(raw)
    return f"{found} {rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}" if rest else found


def shows_day(format_id: str, code: str | None) -> bool:
    """Tell whether a number format shows a day; `code` is the format's own text, None for a built-in one."""
    if code is None:
        return format_id in _BUILT_IN_DAYS
    letters = _NO_LETTERS.sub("", code.split(";")[0]).lower()
    return "y" in letters or "d" in letters


def text(raw: str) -> str:
    """Text with the signs that XML can't hold, which workbooks write as _x000D_."""
    return _ESCAPED.sub(_sign, raw) if "_x" in raw else raw


def _sign(match: re.Match[str]) -> str:
    sign = chr(int(match[1], 16))
    return "\ufffd" if "\ud800" <= sign <= "\udfff" else sign
