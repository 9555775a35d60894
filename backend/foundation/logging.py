"""Structured JSON logs with request and job ids; secrets and phone numbers are masked before they are written."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import orjson
import structlog
from structlog.contextvars import bind_contextvars, bound_contextvars, clear_contextvars

__all__ = ["bind_contextvars", "bound_contextvars", "clear_contextvars", "configure_logging", "get_logger"]

_SECRET_KEYS = re.compile(
    r"secret|password|passwd|token|session_key|authorization|cookie|js_code|totp|aes_key|phone_code|recovery",
    re.IGNORECASE,
)
# also behind a country code, in groups, and after the "\n" of a text that was printed as a literal
_PHONE = re.compile(r"(?:(?<![0-9A-Za-z])|(?<=\\[nrt]))(\+?86[- ]?)?(1[3-9]\d)[- ]?\d{4}[- ]?(\d{4})(?![0-9A-Za-z])")
_ID_CARD = re.compile(r"(?<![0-9A-Za-z])(\d{6})\d{8}(\d{3}[0-9Xx])(?![0-9A-Za-z])")
_BEARER = re.compile(
    r"""(?i)(bearer\s+|(?:token|secret|js_code|session_key|aes_key|signature|passw(?:or)?d)["']?\s*[:=]\s*["']?)[^\s&"',}]+"""
)
_USERINFO = re.compile(r"(?<=://)[^/\s@]*:[^\s@]*(?=@)")
# What PostgreSQL, its driver and pydantic repeat of the values they refuse; names of columns and kinds stay.
_VALUES = (
    re.compile(r"(Key \([^\n]*?\)=|Failing row contains ).*?\.(?=\s*(?:\n|\Z))", re.DOTALL),
    re.compile(r"(query argument \$\d+: ).*(?= \()"),
    re.compile(r"(invalid input (?:syntax|value) for [^\n:]*: ).*"),
    re.compile(r"(input_value=).*?(?=, input_type=)", re.DOTALL),
)
MASK = "***"


def mask_text(text: str) -> str:
    """Hide phone numbers, identity cards, secrets and refused values in free text."""
    text = _PHONE.sub(r"\1\2****\3", text)
    text = _ID_CARD.sub(r"\1********\2", text)
    text = _BEARER.sub(rf"\1{MASK}", _USERINFO.sub(MASK, text))
    for values in _VALUES:
        text = values.sub(rf"\1{MASK}", text)
    return text


def mask_value(key: str, value: Any) -> Any:
    """Mask by the name of a key, then by what the text looks like, at any depth."""
    if _SECRET_KEYS.search(key):
        return MASK
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, Mapping):
        return {str(name): mask_value(str(name), inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [mask_value(key, inner) for inner in value]
    return value


def _mask(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: mask_value(key, value) for key, value in event.items()}


def _dump(event: Any, **_: Any) -> str:
    return orjson.dumps(event, default=str).decode()


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    _mask,
]


def configure_logging(level: str = "INFO", *, process: str = "wuwei") -> None:
    """Send every logger of the process, the libraries' too, as one JSON line each to standard output."""
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(serializer=_dump),
        ],
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    bind_contextvars(process=process)


def get_logger(name: str) -> Any:
    return structlog.stdlib.get_logger(name)
