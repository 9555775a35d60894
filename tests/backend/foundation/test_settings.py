"""Settings: whole and frozen, or one line that names what is wrong."""

from typing import Any

import pytest
from pydantic import ValidationError

from backend.foundation.db import database_config
from backend.foundation.settings import SettingsError, load_settings
from tests.support.running import make_settings

URLS = ("postgresql://u:p@127.0.0.1/w", "redis://127.0.0.1")


def test_all_that_is_missing_is_named_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WUWEI_DATABASE_URL", raising=False)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    line = str(refused.value)
    assert "\n" not in line
    assert "WUWEI_DATABASE_URL is not set (postgresql://" in line
    assert "WUWEI_SIGNING_KEY is not set" in line


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("database_url", "mysql://x"),
        ("database_url", "postgresql://u:p/short@h/w"),
        ("database_url", "postgresql://u:p@h:port/w"),
        ("database_url", "postgresql://u:p@h"),
        ("database_url", "postgresql://u:p@h/w?target_session_attrs=any"),
        ("database_url", "postgresql://u:p@h/w?sslmode=always"),
        ("redis_url", "127.0.0.1"),
        ("redis_url", "redis://h:port"),
        ("redis_url", "redis://h/first"),
        ("wechat_base_url", "api.weixin.qq.com"),
        ("public_url", "https://"),
        ("minimum_client", "newest"),
        ("cors_origins", "https://console.example.cn/"),
        ("cors_origins", "*"),
        ("wechat_callback_aes_key", "短" * 43),
        ("quiet_from", "24:00"),
        ("api_port", "70000"),
        ("processes", "0"),
        ("cipher", "rot13"),
        ("wechat_callback_aes_key", "short"),
        ("trusted_proxies", "10.0.0.0/33"),
        ("quiet_from", "late"),
        ("log_level", "LOUD"),
    ],
)
def test_what_is_wrong_is_named_in_one_line(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        make_settings(*URLS, **{name: value}) if name not in ("database_url", "redis_url") else _with_url(name, value)
    line = str(refused.value)
    assert line.startswith(f"WUWEI_{name.upper()} is wrong")
    assert "\n" not in line
    assert "short" not in line


def _with_url(name: str, value: str) -> Any:
    given = {"database_url": URLS[0], "redis_url": URLS[1], name: value}
    return make_settings(**given)


def test_the_environment_is_read_and_lists_are_split(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WUWEI_TRUSTED_PROXIES", "10.0.0.0/8, 127.0.0.1")
    monkeypatch.setenv("WUWEI_API_PORT", "9000")
    settings = make_settings(*URLS)
    assert settings.trusted_proxies == ("10.0.0.0/8", "127.0.0.1")
    assert settings.api_port == 9000


def test_a_database_far_away_is_spoken_to_as_its_url_demands() -> None:
    config = database_config("postgresql://u:p%40@db.example.cn:5433/w%20u?sslmode=verify-full")
    given = config["connections"]["default"]["credentials"]
    assert (given["ssl"], given["port"], given["password"], given["database"]) == ("verify-full", 5433, "p@", "w u")


def test_settings_are_frozen_and_hide_their_secrets() -> None:
    settings = make_settings(*URLS)
    with pytest.raises(ValidationError, match="frozen"):
        settings.api_port = 1  # type: ignore[misc]
    assert settings.signing_key.get_secret_value() not in repr(settings)
