"""The kinds of values that settings take: addresses, lists, keys; a refusal never repeats what was given."""

import base64
import re
from ipaddress import ip_network
from typing import Annotated, Any, Final
from urllib.parse import SplitResult, parse_qsl, urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import NoDecode

VERSION: Final = r"^\d{1,6}\.\d{1,6}\.\d{1,6}$"
HOUR: Final = r"^([01]\d|2[0-3]):[0-5]\d$"
_CALLBACK_KEY_LENGTH: Final = 43
_SSL_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_PATH_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{32,128}")
_ORIGIN: Final = re.compile(r"https?://[^/\s?#@]+")


def _database(value: str) -> str:
    parts = _split_url(value)
    if parts is None or parts.scheme not in ("postgresql", "postgres") or len(parts.path) < 2:  # noqa: PLR2004  "/x"
        raise ValueError("must be postgresql://user:password@host:port/name, special characters percent-encoded")
    if any(name != "sslmode" or mode not in _SSL_MODES for name, mode in parse_qsl(parts.query)):
        raise ValueError(f"takes no other option than sslmode, one of {', '.join(_SSL_MODES)}")
    return value


def _redis(value: str) -> str:
    parts = _split_url(value)
    is_number = parts is not None and (parts.scheme == "unix" or parts.path.strip("/").isdigit() or not parts.path)
    if parts is None or parts.scheme not in ("redis", "rediss", "unix") or not is_number:
        raise ValueError("must be redis://:password@host:port/number, special characters percent-encoded")
    return value


def _http(value: str) -> str:
    parts = _split_url(value)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must begin with https:// and name a host")
    return value


def _http_if_any(value: str) -> str:
    return _http(value) if value else value


def _split_url(url: str) -> SplitResult | None:
    """Return a URL in parts, None when it is none: what the library says of a wrong one may repeat a password."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  it is read, and refused, only when asked for
    except ValueError:
        return None
    return parts


def _listed(value: Any) -> Any:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _networks(value: tuple[str, ...]) -> tuple[str, ...]:
    for network in value:
        ip_network(network)
    return value


def _origins(value: tuple[str, ...]) -> tuple[str, ...]:
    if not all(_ORIGIN.fullmatch(origin) for origin in value):
        raise ValueError("must be origins such as https://console.example.cn, without a path")
    return value


def _paired(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=") for part in value.split(",") if part.strip()]
    if not all(name.strip() and code.strip() for name, _, code in pairs):
        raise ValueError("must be name=code,name=code")
    return {name.strip(): code.strip() for name, _, code in pairs}


def _path_secret(value: SecretStr) -> SecretStr:
    if value.get_secret_value() and not _PATH_SECRET.fullmatch(value.get_secret_value()):
        raise ValueError("must have 32 letters, digits, _ or - or more")
    return value


def _callback_key(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) != _CALLBACK_KEY_LENGTH:
        raise ValueError("must have 43 characters")
    try:
        base64.b64decode(value.get_secret_value() + "=", validate=True)
    except ValueError:
        raise ValueError("must be 43 characters of base64") from None
    return value


def _callback_key_if_any(value: SecretStr) -> SecretStr:
    return _callback_key(value) if value.get_secret_value() else value


DatabaseUrl = Annotated[str, AfterValidator(_database)]
RedisUrl = Annotated[str, AfterValidator(_redis)]
Url = Annotated[str, AfterValidator(_http)]
OptionalUrl = Annotated[str, AfterValidator(_http_if_any)]
Networks = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed), AfterValidator(_networks)]
Origins = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed), AfterValidator(_origins)]
Pairs = Annotated[dict[str, str], NoDecode, BeforeValidator(_paired)]
PathSecret = Annotated[SecretStr, AfterValidator(_path_secret)]
CallbackKey = Annotated[SecretStr, AfterValidator(_callback_key)]
OptionalCallbackKey = Annotated[SecretStr, AfterValidator(_callback_key_if_any)]
