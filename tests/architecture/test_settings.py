"""Every setting is described in one place, and an installation can set each of them."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from backend.foundation.settings import Settings
from operations.settings_page import settings_page
from tests.support.documents import assert_page_is
from tests.support.running import make_settings

ROOT = Path(__file__).parents[2]
SERVICE: dict[str, str] = yaml.safe_load((ROOT / "compose.yaml").read_text())["x-service"]["environment"]
# What the image itself decides: where a container listens and keeps its files, and that it is one process.
OF_THE_IMAGE = {
    "api_host", "api_port", "internal_host", "internal_port", "worker_port", "data_dir", "processes", "secure_cookies",
}  # fmt: skip
URLS = ("postgresql://u:p@127.0.0.1/w", "redis://127.0.0.1")


def test_the_page_tells_of_every_setting() -> None:
    page = settings_page()
    assert_page_is("settings.md", page)
    named = [line for line in page.splitlines() if line.startswith(("| `WUWEI_", "| **`WUWEI_"))]
    for name in Settings.model_fields:
        rows = [line for line in named if f"`WUWEI_{name.upper()}`" in line.split("|")[1]]
        assert len(rows) == 1, name
        assert len(rows[0].split("|")[4].strip()) > 10, name


def test_a_container_can_be_given_every_setting() -> None:
    assert set(SERVICE) == {f"WUWEI_{name.upper()}" for name in Settings.model_fields.keys() - OF_THE_IMAGE}
    example = set(re.findall(r"^(WUWEI_\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    for name, value in SERVICE.items():
        assert value.startswith(("postgresql://", "redis://")) or f"${{{name}:" in value, name
        for asked in re.findall(r"\$\{(\w+):", value):
            assert asked in example, asked


def test_what_is_empty_in_a_container_is_as_if_it_were_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    optional = {name for name, field in Settings.model_fields.items() if not field.is_required()} - OF_THE_IMAGE
    for name in optional:
        monkeypatch.setenv(f"WUWEI_{name.upper()}", "")
    empty: Any = make_settings(*URLS)
    for name in ("release_above", "quiet_from", "sms_provider", "sms_templates", "alert_webhook_url", "log_level"):
        assert getattr(empty, name) == Settings.model_fields[name].default, name
