"""A text reads as it is written, or is refused."""

import pytest

from backend.foundation.texts import is_readable, readable


@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\x00", "\x1b", "\x7f", "\ud83d"])
def test_what_turns_or_hides_words_is_refused(sign: str) -> None:
    with pytest.raises(ValueError, match="控制字符"):
        readable(f"退款{sign}不能")


@pytest.mark.parametrize("text", ["", "一行\n二行\t三", "👨\u200d👩\u200d👧", "é", "①《办法》“引文”"])
def test_other_signs_stay_as_they_are(text: str) -> None:
    assert is_readable(text)
    assert readable(text) == text
