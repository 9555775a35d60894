"""How fields are told to readers of the reference where their models say nothing: words and samples, as data.

A key is a field's name, or `Model.field` where one name means two things. What a model says itself goes first.
"""

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

_WORDS: Final = json.loads(files("miniprogram_api").joinpath("words.json").read_text(encoding="utf-8"))
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")

CAPABILITIES: Final[Mapping[str, str]] = _WORDS["capabilities"]


def told(model: str, name: str, schema: Mapping[str, Any]) -> str:
    """Return what a field is; empty when neither its model nor the words tell it in Chinese."""
    own = str(schema.get("description", ""))
    if _CHINESE.search(own):
        return own
    words = _WORDS["told"]
    return str(words.get(f"{model}.{name}") or words.get(name, ""))


def sample(model: str, name: str) -> Any:
    """Return a value such as the field may hold; None when there is none."""
    samples = _WORDS["samples"]
    return samples.get(f"{model}.{name}", samples.get(name))
