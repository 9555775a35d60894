"""The `wuwei` command: what is missing or wrong is one clear line, never a traceback."""

import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from backend.foundation.secrets import new_key
from operations.main import app
from tests.support.installed import free_ports

_PORTS = ("WUWEI_API_PORT", "WUWEI_INTERNAL_PORT", "WUWEI_SANDBOX_PORT")
_EXTERNAL = {
    "WUWEI_DATABASE_URL": "postgresql://wuwei:x@127.0.0.1:1/wuwei",
    "WUWEI_REDIS_URL": "redis://127.0.0.1:1",
    "WUWEI_WECHAT_BASE_URL": "http://127.0.0.1:1",
}
Wuwei = Callable[..., tuple[int, str, str]]


@pytest.fixture
def wuwei(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Wuwei:
    """Run a command in an empty data directory; returns exit code, stdout, stderr."""

    ports = dict(zip(_PORTS, map(str, free_ports(len(_PORTS))), strict=True))

    def run(*arguments: str, **variables: str) -> tuple[int, str, str]:
        for name, value in {"WUWEI_DATA_DIR": str(tmp_path / "data"), **ports, **variables}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["wuwei", *arguments])
        with pytest.raises(SystemExit) as ended:
            app()
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out, told.err

    return run


def test_help_names_every_command(wuwei: Wuwei) -> None:
    code, told, _ = wuwei("--help")
    assert code == 0
    for name in (
        "run",
        "api",
        "worker",
        "migrate",
        "backup",
        "restore",
        "verify-audit",
        "rotate-keys",
        "revive",
        "withdraw",
        "doctor",
    ):
        assert f" {name} " in told


@pytest.mark.parametrize("command", ["api", "worker", "migrate"])
def test_missing_settings_are_one_line(wuwei: Wuwei, command: str) -> None:
    code, _, told = wuwei(command)
    assert code == 2
    assert told.count("\n") == 1
    assert "WUWEI_DATABASE_URL is not set" in told
    assert "WUWEI_SIGNING_KEY is not set" in told


@pytest.mark.parametrize(
    ("name", "value"),
    [("WUWEI_API_PORT", "eighty"), ("WUWEI_PROCESSES", "0"), ("WUWEI_SANDBOX_PORT", "70000")],
)
def test_a_wrong_setting_is_one_line(wuwei: Wuwei, name: str, value: str) -> None:
    code, _, told = wuwei("run", **{name: value})
    assert code == 2
    assert told.startswith(f"wuwei: {name} is wrong: ")
    assert told.count("\n") == 1


def test_a_real_wechat_without_its_account_is_one_line(wuwei: Wuwei, tmp_path: Path) -> None:
    code, _, told = wuwei("run", **_EXTERNAL)
    assert code == 2
    assert "WUWEI_WECHAT_SECRET is not set" in told
    assert told.count("\n") == 1
    assert not (tmp_path / "data" / "settings.env").exists()


def test_a_taken_port_is_one_line(wuwei: Wuwei) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, _, told = wuwei("run", WUWEI_API_PORT=str(port), **_EXTERNAL)
    assert code == 1
    assert told == f"wuwei: port {port} is taken: stop what listens there, or set WUWEI_API_PORT to a free one\n"


def test_two_listeners_on_one_port_are_one_line(wuwei: Wuwei) -> None:
    code, _, told = wuwei("run", WUWEI_API_PORT="18555", WUWEI_INTERNAL_PORT="18555")
    assert code == 1
    assert "two listeners want one port" in told


def test_a_data_directory_that_cannot_be_made_is_one_line(wuwei: Wuwei, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, _, told = wuwei("run", WUWEI_DATA_DIR=str(tmp_path / "file" / "data"))
    assert code == 1
    assert "cannot be used: Not a directory" in told


def test_doctor_says_how_to_mend_what_is_missing(wuwei: Wuwei) -> None:
    code, told, _ = wuwei("doctor")
    assert code == 1
    assert "✓ python" in told
    assert "✗ settings" in told
    assert "→ start once with 'make run'" in told


@pytest.mark.parametrize("command", ["run", "doctor", "migrate"])
def test_a_spoilt_settings_file_is_told_with_its_name(wuwei: Wuwei, tmp_path: Path, command: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "settings.env").write_bytes(b"\xff\xfe\x00")
    code, told, complaint = wuwei(command)
    assert code
    assert "settings.env cannot be read, bring it back from a backup" in told + complaint
    assert "Traceback" not in complaint


def test_lost_keys_are_not_replaced_by_new_ones(wuwei: Wuwei, tmp_path: Path) -> None:
    (tmp_path / "data" / "postgres" / "data").mkdir(parents=True)
    code, _, told = wuwei("run")
    assert code == 1
    assert "the keys it was sealed with (WUWEI_ENCRYPTION_KEYS, WUWEI_INDEX_KEYS) are gone" in told
    assert not (tmp_path / "data" / "settings.env").exists()


def test_damaged_demo_credentials_are_one_line(wuwei: Wuwei, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "demo.json").write_text('{"logins": 1')
    code, _, told = wuwei("demo-code", "fuhe")
    assert code == 1
    assert "demo.json is damaged: remove it and start again" in told
    assert told.count("\n") == 1


def test_what_does_not_answer_leads_to_the_doctor(wuwei: Wuwei) -> None:
    keys = {"WUWEI_ENCRYPTION_KEYS": f"a:{new_key()}", "WUWEI_INDEX_KEYS": f"a:{new_key()}"}
    account = {"WUWEI_WECHAT_APPID": "wx0000", "WUWEI_WECHAT_SECRET": "x", "WUWEI_WECHAT_CALLBACK_TOKEN": "x"}
    more = {"WUWEI_WECHAT_CALLBACK_AES_KEY": "A" * 43, "WUWEI_SIGNING_KEY": new_key()}
    code, _, told = wuwei("migrate", **_EXTERNAL, **keys, **account, **more)
    assert code == 1
    assert told.endswith("('wuwei doctor' says what to mend)\n")
    assert told.count("\n") == 1


def test_a_backup_wants_a_pass_phrase_worth_the_name(wuwei: Wuwei, tmp_path: Path) -> None:
    file = tmp_path / "phrase"
    file.write_text("short\n")
    code, _, told = wuwei("backup", str(tmp_path / "b"), "--passphrase-file", str(file))
    assert code == 1
    assert "too short" in told
    code, _, told = wuwei("backup", str(tmp_path / "b"))
    assert code == 1
    assert "no pass phrase" in told
