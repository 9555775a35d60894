"""Logs: JSON lines with ids, and nothing personal or secret in them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.foundation.logging import MASK, mask_text, mask_value

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("致电13812345678。", "致电138****5678。"),
        ("phone=13812345678,", "phone=138****5678,"),
        ("330501199001011234", "330501********1234"),
        ("身份证33050119900101123X", "身份证330501********123X"),
        ("Authorization: Bearer abc.def-1", f"Authorization: Bearer {MASK}"),
        ("GET /sns?secret=abc&js_code=xyz&x=1", f"GET /sns?secret={MASK}&js_code={MASK}&x=1"),
        ("0123456789012 and 91330500MA2B12345X", "0123456789012 and 91330500MA2B12345X"),
        ("12345678901", "12345678901"),
        ("+8613812345678 86-13812345678", "+86138****5678 86-138****5678"),
        ("138-1234-5678 或 138 1234 5678", "138****5678 或 138****5678"),
        (r"'\n13812345678'", r"'\n138****5678'"),
        ("postgresql://wuwei:hunter2@db/w redis://:p@h", f"postgresql://{MASK}@db/w redis://{MASK}@h"),
        ("""{'session_key': 'k', "access_token":"t"}""", f"""{{'session_key': '{MASK}', "access_token":"{MASK}"}}"""),
        ("/files/1?expires=5&signature=a-b_c", f"/files/1?expires=5&signature={MASK}"),
        (
            "duplicate key\nDETAIL:  Key (name, town)=(张\n三, 2) already exists.\n\nThe above",
            f"duplicate key\nDETAIL:  Key (name, town)={MASK}\n\nThe above",
        ),
        ("DETAIL:  Failing row contains (1, 张三, 湖州).", f"DETAIL:  Failing row contains {MASK}"),
        (
            "invalid input for query argument $2: '张三' ('str' object)",
            f"invalid input for query argument $2: {MASK} ('str' object)",
        ),
        ('invalid input syntax for type uuid: "张三"', f"invalid input syntax for type uuid: {MASK}"),
        ("input_value='张三', input_type=str", f"input_value={MASK}, input_type=str"),
    ],
)
def test_phones_identity_cards_and_keys_are_masked_in_text(text: str, shown: str) -> None:
    assert mask_text(text) == shown


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.text(alphabet="，。 \n:=\"'", max_size=5))
def test_no_phone_comes_through_at_any_depth(phone: str, around: str) -> None:
    text = around + phone + around
    value: Any = {"a": [{"b": (text, 1)}], "note": text}
    assert phone not in json.dumps(mask_value("event", value), ensure_ascii=False)


@pytest.mark.parametrize("key", ["password", "session_key", "access_token", "Authorization", "js_code", "totp_secret"])
def test_what_a_secret_key_holds_is_never_written(key: str) -> None:
    assert mask_value("event", {"x": {key: "hunter2"}}) == {"x": {key: MASK}}


_PROGRAM = """
import logging
from backend.foundation.logging import bound_contextvars, configure_logging, get_logger
configure_logging("INFO", process="test")
with bound_contextvars(request_id="r-1"):
    get_logger("a.b").info("things.made", phone="13812345678", token="t", 中文="是")
    logging.getLogger("library").warning("call 13812345678")
    try:
        raise ValueError("13812345678")
    except ValueError:
        get_logger("a.b").exception("things.failed")
get_logger("a.b").debug("unseen")
"""


def test_every_line_is_json_of_ours_and_of_libraries() -> None:
    done = subprocess.run([sys.executable, "-c", _PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True)
    made, library, failed = [json.loads(line) for line in done.stdout.splitlines()]
    assert made["event"] == "things.made"
    assert (made["request_id"], made["process"], made["level"], made["logger"]) == ("r-1", "test", "info", "a.b")
    assert (made["phone"], made["token"], made["中文"]) == ("138****5678", MASK, "是")
    assert library["event"] == "call 138****5678"
    assert "ValueError: 138****5678" in failed["exception"]
    assert "13812345678" not in done.stdout
