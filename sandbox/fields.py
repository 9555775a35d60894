"""What each kind of template field accepts (subscribe messages, "参数说明" of WeChat's send page)."""

import re
from collections.abc import Callable, Collection

Check = Callable[[str], bool]

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003134f"
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_DATE = (
    r"(?:[0-9]{4}年(?:0?[1-9]|1[0-2])月(?:0?[1-9]|[12][0-9]|3[01])日"
    r"|[0-9]{4}([-/.])(?:0?[1-9]|1[0-2])\{sep}(?:0?[1-9]|[12][0-9]|3[01]))"
)
_TIME = r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?"


def _date(separator_group: int) -> str:
    return _DATE.replace("{sep}", str(separator_group))


def _either_end(first: str, second: str) -> re.Pattern[str]:
    """A moment, or a range of two joined by `~`."""
    return re.compile(rf"{first}(?:\s?[~～]\s?{second})?")


def _matches(pattern: str | re.Pattern[str]) -> Check:
    compiled = re.compile(pattern)
    return lambda value: compiled.fullmatch(value) is not None


_DECIMAL = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_NAME_HAN = re.compile(rf"[^\d]*[{_HAN}][^\d]*")
_NAME_LETTERS = re.compile(rf"[^\d{_HAN}]+")
_LONGEST = {"number": 32, "name_han": 10, "name_letters": 20, "car_number": 8}


def _is_number(value: str) -> bool:
    return _DECIMAL.fullmatch(value) is not None and sum(map(str.isdigit, value)) <= _LONGEST["number"]


def _is_name(value: str) -> bool:
    if _NAME_HAN.fullmatch(value):
        return len(value) <= _LONGEST["name_han"]
    return _NAME_LETTERS.fullmatch(value) is not None and len(value) <= _LONGEST["name_letters"]


def _is_car_number(value: str) -> bool:
    return len(value) <= _LONGEST["car_number"] and _CAR.fullmatch(value) is not None


_CAR = re.compile(rf"[{_HAN}]?[A-Z0-9]+[{_HAN}]?")

CHECKS: dict[str, Check] = {
    "thing": _matches(r".{1,20}"),
    "number": _is_number,
    "letter": _matches(r"[A-Za-z]{1,32}"),
    "symbol": _matches(rf"[^\w\s{_HAN}]{{1,5}}"),
    "character_string": _matches(r"[\x20-\x7e]{1,32}"),
    "time": _matches(_either_end(rf"(?:{_date(1)}\s?)?{_TIME}", rf"(?:{_date(2)}\s?)?{_TIME}")),
    "date": _matches(_either_end(rf"{_date(1)}(?:\s?{_TIME})?", rf"{_date(2)}(?:\s?{_TIME})?")),
    "amount": _matches(r"[¥￥$€£]?[0-9]{1,10}(?:\.[0-9]+)?元?"),
    "phone_number": _matches(r"[\x20-\x40\x5b-\x60\x7b-\x7e]{1,17}"),
    "car_number": _is_car_number,
    "name": _is_name,
    "phrase": _matches(rf"[{_HAN}]{{1,5}}"),
}


def one_of(values: Collection[str]) -> Check:
    """The check of an `enum`: only what its template lists."""
    return frozenset(values).__contains__


def has_control_characters(text: str) -> bool:
    """Line ends and other control characters are refused in every kind."""
    return _CONTROL.search(text) is not None
