"""What the command line tells an operator when something is refused."""

import pytest

from backend.foundation.errors import FieldError, Invalid
from operations.console import run_told


def test_a_refusal_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    def refused() -> None:
        raise Invalid(
            "文件是空的。", (FieldError("file", "unreadable", "文件是空的。"), FieldError("a", "b", "缺一列。"))
        )

    with pytest.raises(SystemExit) as ended:
        run_told(refused)
    assert ended.value.code == 1
    assert capsys.readouterr().err == "wuwei: 文件是空的。 缺一列。\n"
