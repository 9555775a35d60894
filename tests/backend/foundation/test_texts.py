"""A text reads as it is written, or is refused; one that shows nothing is none."""

import pytest

from backend.foundation.texts import is_readable, is_seen, readable, seen


@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\x00", "\x1b", "\x7f", "\ud83d"])
def test_what_turns_or_hides_words_is_refused(sign: str) -> None:
    with pytest.raises(ValueError, match="控制字符"):
        readable(f"退款{sign}不能")


@pytest.mark.parametrize("text", ["", "一行\n二行\t三", "👨\u200d👩\u200d👧", "é", "①《办法》“引文”"])
def test_other_signs_stay_as_they_are(text: str) -> None:
    assert is_readable(text)
    assert readable(text) == text


@pytest.mark.parametrize(
    "text", ["", " \t\n", "\u3000", "\u200b\u200b", "\ufeff\u2060", "\u00ad", "\u3164", "\u2800", "\ufe0f", "\u0301"]
)
def test_what_shows_nothing_is_empty(text: str) -> None:
    assert not is_seen(text)
    assert readable(text) == ""
    with pytest.raises(ValueError, match="看得见"):
        seen(text)


@pytest.mark.parametrize("text", ["一", "\u200b好", "—", "👍", "❤️", "0"])
def test_what_shows_anything_stays_as_it_is(text: str) -> None:
    assert seen(text) == text
