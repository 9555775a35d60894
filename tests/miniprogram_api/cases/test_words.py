"""What people write about cases is read by others: signs that turn or hide words are refused wherever they stand."""

from typing import Any

import pytest
from pydantic import ValidationError

from miniprogram_api.cases.list_schemas import FinishProblem, StrikeOff
from miniprogram_api.cases.schemas import AskForMaterial, RateCase, ReplyToCase
from miniprogram_api.schema import In

TURNED = "很好\u202e坏很"


@pytest.mark.parametrize(
    ("model", "given"),
    [
        (ReplyToCase, {"text": "{}"}),
        (RateCase, {"level": 5, "text": "{}"}),
        (AskForMaterial, {"items": [{"words": "执照", "why": "{}"}]}),
        (AskForMaterial, {"items": [{"words": "执照"}], "reason": "{}"}),
        (FinishProblem, {"result": "{}"}),
        (StrikeOff, {"words": "{}"}),
    ],
)
def test_signs_that_turn_words_are_refused(model: type[In], given: dict[str, Any]) -> None:
    model.model_validate(_filled(given, "很好"))
    with pytest.raises(ValidationError):
        model.model_validate(_filled(given, TURNED))


def _filled(given: Any, words: str) -> Any:
    if isinstance(given, dict):
        return {name: _filled(value, words) for name, value in given.items()}
    if isinstance(given, list):
        return [_filled(one, words) for one in given]
    return words if given == "{}" else given
