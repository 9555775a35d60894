"""Pages of the docs that the code writes: compared in every run, written anew with WUWEI_TEST_WRITE_DOCS=1."""

import os
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def assert_page_is(name: str, text: str) -> None:
    page = DOCS / name
    if os.environ.get("WUWEI_TEST_WRITE_DOCS"):
        page.write_text(text, encoding="utf-8")
    written = page.read_text(encoding="utf-8") if page.exists() else ""
    assert written == text, f"docs/{name} is out of date: run this test once with WUWEI_TEST_WRITE_DOCS=1"
