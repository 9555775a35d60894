"""The page of all settings, docs/settings.md: made from the settings themselves, so that none is forgotten there."""

from typing import Any, Final, Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from backend.foundation.settings import PREFIX, Settings
from operations.installation import Options

_HEAD: Final = """# Settings

Made from the code, not written by hand. Every setting is an environment variable, read once at start; one that is
empty counts as not set. `wuwei run` makes what nobody needs to choose and notes it in `settings.env` of the data
directory; what the environment says wins. `wuwei doctor` names what is missing or wrong. A setting in bold has no
default. Containers: [compose.yaml](../compose.yaml) names them all, `.env.example` is the file to fill in.
"""
# Each part begins with the field that is named here.
_PARTS: Final = {
    "database_url": "Stores",
    "wechat_base_url": "WeChat: the mini-program",
    "wechat_service_appid": "WeChat: the service account",
    "sms_provider": "Text messages",
    "encryption_keys": "Keys",
    "data_dir": "Files",
    "api_host": "Processes and doors",
    "preview_seconds": "Limits",
    "quiet_from": "When people are told, and how often",
    "release_above": "Broadcasts",
    "questions_per_day": "Questions and cases",
    "policy_attachment_megabytes": "Policies",
    "alert_webhook_url": "Operating",
}
# Read by something else than the service.
_FURTHER: Final = {
    "sandbox_port": "port of the WeChat stand-in that `wuwei run` starts beside the service",
    "backup_passphrase": "pass phrase of `wuwei backup` and `wuwei restore`, in place of `--passphrase-file`",
    "postgres_bin": "folder with PostgreSQL 18's programs, in place of the wheel's; `wuwei run`, `backup`, `restore`",
    "redis_bin": "a Redis or Valkey server program, in place of the wheel's; `wuwei run`",
    "database_password": "compose.yaml: password of the database that it starts",
    "site": "compose.yaml: name under which the world reaches the service; the proxy gets a certificate for it",
}


def settings_page() -> str:
    """Return the page; raises LookupError for a setting that is not described."""
    lines = [_HEAD.rstrip("\n")]
    for name, field in Settings.model_fields.items():
        if name in _PARTS:
            lines += [f"\n## {_PARTS[name]}", "| variable | takes | default | meaning |", "|---|---|---|---|"]
        if not field.description:
            raise LookupError(f"{name} is not described")
        lines.append(_row(name, _takes(field), _default(field), field.description))
    lines += ["\n## Beside the service", "| variable | default | meaning |", "|---|---|---|"]
    for name, meaning in _FURTHER.items():
        known = Options.model_fields.get(name)
        lines.append(f"| `{PREFIX}{name.upper()}` | {_default(known) if known else ''} | {meaning} |")
    return "\n".join(lines) + "\n"


def _row(name: str, takes: str, default: str, meaning: str) -> str:
    variable = f"`{PREFIX}{name.upper()}`"
    return f"| {variable if default else f'**{variable}**'} | {takes} | {default} | {meaning.replace('|', '/')} |"


def _takes(field: FieldInfo) -> str:
    kind: Any = field.annotation
    if get_origin(kind) is Literal:
        return ", ".join(f"`{one}`" for one in get_args(kind))
    if kind is SecretStr:
        return "secret"
    if kind is bool:
        return "`true`, `false`"
    if kind is int or int in get_args(kind):
        return _range(field)
    return "HH:MM" if any("[0-5]" in getattr(one, "pattern", "") for one in field.metadata) else "text"


def _range(field: FieldInfo) -> str:
    limits = {name: getattr(one, name) for one in field.metadata for name in ("ge", "le") if hasattr(one, name)}
    return f"{limits['ge']:,}–{limits['le']:,}" if "le" in limits else f"{limits['ge']:,} or more"


def _default(field: FieldInfo) -> str:
    """Return the default as one would set it; empty where there is none."""
    if field.is_required():
        return ""
    value = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`" if value or value == 0 else "(none)"
