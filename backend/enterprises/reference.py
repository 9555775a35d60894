"""Reads the reference data that ships inside the package."""

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "data"


def load(name: str) -> Any:
    """The content of `data/<name>.json`."""
    return json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
