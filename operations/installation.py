"""One installation on this machine: its data directory, the secrets made for it, the settings its parts get."""

import base64
import fcntl
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from backend.foundation.secrets import new_key
from backend.foundation.settings import PREFIX, Settings, SettingsError, environment, load_settings
from operations.processes import OperationsError

_SETTINGS_FILE = "settings.env"


class Options(BaseSettings):
    """What the launcher must know before the services' settings can be complete."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    data_dir: Path = Path(".wuwei")
    database_url: str | None = None
    redis_url: str | None = None
    wechat_base_url: str | None = None
    api_port: int = Field(8000, ge=1, le=65535)
    sandbox_port: int = Field(8100, ge=1, le=65535)
    internal_port: int = Field(8001, ge=1, le=65535)
    processes: int = Field(1, ge=1, le=64)


def read_options() -> Options:
    """Read the launcher's own settings; raises SettingsError with one line."""
    try:
        return Options()
    except ValidationError as error:
        problem = error.errors()[0]
        raise SettingsError(f"{PREFIX}{str(problem['loc'][0]).upper()} is wrong: {problem['msg']}") from None


class Installation:
    """A data directory and what lies in it; nobody but its owner may look inside."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.absolute()

    @property
    def logs(self) -> Path:
        return self.directory / "logs"

    @property
    def settings_file(self) -> Path:
        return self.directory / _SETTINGS_FILE

    def prepare(self) -> None:
        """Make the directory if need be; raises OperationsError when it cannot be written."""
        try:
            self.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.directory.chmod(0o700)
        except OSError as error:
            raise OperationsError(f"the data directory {self.directory} cannot be used: {error.strerror}") from None

    def claim(self) -> None:
        """Keep other launchers out until this process ends; raises OperationsError when one is at work."""
        descriptor = os.open(self.directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise OperationsError(
                f"another 'wuwei run' is at work in {self.directory}: stop it, or set WUWEI_DATA_DIR"
            ) from None

    def noted(self) -> dict[str, str]:
        """Return the settings the launcher made and noted here; empty before its first run. Raises SettingsError."""
        if not self.settings_file.exists():
            return {}
        try:
            lines = self.settings_file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{self.settings_file} cannot be read, bring it back from a backup: {error}") from None
        return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))

    def note(self, made: Mapping[str, str]) -> None:
        """Write the made settings whole or not at all: they hold the keys to the data."""
        lines = ["# Made by 'wuwei run'; the keys in it open the encrypted data: keep it, and keep it secret."]
        write_private(self.settings_file, "\n".join([*lines, *(f"{name}={value}" for name, value in made.items())]))

    def settings(self) -> Settings:
        """Read the settings: what the environment says wins over what the launcher noted."""
        return settings_with(self.noted())


def write_private(file: Path, text: str) -> None:
    """Write a file for its owner's eyes only, whole or not at all."""
    draft = file.with_name(file.name + ".draft")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(text + "\n", encoding="utf-8")
    draft.replace(file)


def settings_with(defaults: Mapping[str, str]) -> Settings:
    """Read the settings from the environment, and from `defaults` what it does not name."""
    given = environment()
    missing = {name: value for name, value in defaults.items() if name not in given}
    return load_settings(**{name.removeprefix(PREFIX).lower(): value for name, value in missing.items()})


def open_installation() -> Installation:
    """Return the installation that WUWEI_DATA_DIR names, or the one below the working directory."""
    return Installation(read_options().data_dir)


# The sandbox's text messages: our names of them and the codes under which its provider approves them.
_SMS_TEMPLATES = {
    "policy_changed": "SMS_100000001",
    "policy_closing": "SMS_100000002",
    "binding_result": "SMS_100000003",
    "binding_added": "SMS_100000004",
    "case_asked": "SMS_100000005",
    "case_answered": "SMS_100000006",
}
# Nobody sleeps beside the sandbox: a message that is tried out at night should arrive at once. Nor are the real pages
# that the demo's policies link to asked for anything; whoever tries a bank's program has it on his own machine.
_ON_TRIAL = {
    "WUWEI_QUIET_FROM": "00:00",
    "WUWEI_QUIET_UNTIL": "00:00",
    "WUWEI_LINK_CHECKS": "off",
    "WUWEI_BANK_CALLBACKS": "anywhere",
}


def made_settings(options: Options, noted: Mapping[str, str]) -> dict[str, str]:
    """Return a value for each setting that nobody needs to choose; secrets already noted stay what they are."""
    fresh = _keys() if options.wechat_base_url else _keys() | _sandbox_accounts()
    made = {name: noted.get(name) or value for name, value in fresh.items()}
    if not options.wechat_base_url:
        sandbox = f"http://127.0.0.1:{options.sandbox_port}"
        made |= {"WUWEI_WECHAT_BASE_URL": sandbox, "WUWEI_SMS_BASE_URL": f"{sandbox}/sms"}
        made["WUWEI_SMS_TEMPLATES"] = ",".join(f"{name}={code}" for name, code in _SMS_TEMPLATES.items())
        made |= _ON_TRIAL
    made["WUWEI_PUBLIC_URL"] = f"http://127.0.0.1:{options.api_port}"
    made["WUWEI_SECURE_COOKIES"] = "false"
    return made


def _keys() -> dict[str, str]:
    return {
        "WUWEI_ENCRYPTION_KEYS": f"first:{new_key()}",
        "WUWEI_INDEX_KEYS": f"first:{new_key()}",
        "WUWEI_SIGNING_KEY": new_key(),
        "WUWEI_CIPHER": "aes-256-gcm",
    }


def _sandbox_accounts() -> dict[str, str]:
    """Return accounts for the sandbox, which takes any: mini-program, service account, text messages.

    A real account's settings are the operator's to give.
    """
    return {
        **_account("WUWEI_WECHAT_"),
        **_account("WUWEI_WECHAT_SERVICE_"),
        "WUWEI_WECHAT_PROGRAM_STATE": "developer",
        "WUWEI_SMS_PROVIDER": "aliyun",
        "WUWEI_SMS_KEY_ID": f"sandbox{secrets.token_hex(8)}",
        "WUWEI_SMS_KEY_SECRET": secrets.token_hex(16),
        "WUWEI_SMS_SIGN_NAME": "无微不至",
        "WUWEI_SMS_REPORT_SECRET": secrets.token_hex(24),
    }


def _account(prefix: str) -> dict[str, str]:
    return {
        f"{prefix}APPID": f"wx{secrets.token_hex(8)}",
        f"{prefix}SECRET": secrets.token_hex(16),
        f"{prefix}CALLBACK_TOKEN": secrets.token_hex(16),
        f"{prefix}CALLBACK_AES_KEY": base64.b64encode(secrets.token_bytes(32)).decode().rstrip("="),
    }
