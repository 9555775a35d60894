"""Everything an operator may set, read once at start from WUWEI_* variables and never changed afterwards."""

import base64
import os
import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import SplitResult, parse_qsl, urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "WUWEI_"
_AES_KEY_LENGTH = 43
_SHORTEST_SECRET = 16
_VERSION = r"^\d{1,6}\.\d{1,6}\.\d{1,6}$"
_HOUR = r"^([01]\d|2[0-3]):[0-5]\d$"
_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_PATH_SECRET = re.compile(r"[A-Za-z0-9_-]{32,128}")
_ORIGIN = re.compile(r"https?://[^/\s?#@]+")


class SettingsError(Exception):
    """A setting is missing or wrong; the message is the one line to print."""


class Settings(BaseSettings):
    """The service's settings; `WUWEI_DATABASE_URL` sets `database_url`, and so on.

    A variable that is empty counts as not set. docs/settings.md is made from here: a description names the unit.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="ignore")

    database_url: str = Field(description="postgresql://user:password@host:port/name[?sslmode=…], PostgreSQL 18")
    redis_url: str = Field(description="redis://host:port/0, Redis 7 or Valkey 8 and later")
    database_pool: int = Field(10, ge=2, le=200, description="connections to PostgreSQL per process")

    wechat_base_url: str = Field(description="https://api.weixin.qq.com, or the sandbox")
    wechat_appid: str = Field(min_length=6, description="the mini-program's AppID")
    wechat_secret: SecretStr = Field(description="the mini-program's AppSecret")
    wechat_callback_token: SecretStr = Field(
        description="the token set in WeChat's console for pushes to /wechat/events/miniprogram"
    )
    wechat_callback_aes_key: SecretStr = Field(description="the 43 characters of EncodingAESKey; secure mode only")
    wechat_program_state: Literal["developer", "trial", "formal"] = Field(
        "formal", description="the version of the mini-program that a message opens"
    )

    wechat_service_appid: str = Field("", description="the service account's AppID; without one that channel is off")
    wechat_service_secret: SecretStr = Field(SecretStr(""), description="the service account's AppSecret")
    wechat_service_callback_token: SecretStr = Field(
        SecretStr(""), description="the token of its pushes to /wechat/events/service"
    )
    wechat_service_callback_aes_key: SecretStr = Field(
        SecretStr(""), description="the 43 characters of its EncodingAESKey; secure mode only"
    )

    sms_provider: Literal["log", "aliyun"] = Field(
        "log", description="who sends text messages; `log` sends nothing and writes one line for each"
    )
    sms_base_url: str = Field("https://dysmsapi.aliyuncs.com/", description="the provider's address")
    sms_key_id: str = Field("", description="AccessKey id of a RAM user that may do nothing but SendSms")
    sms_key_secret: SecretStr = Field(SecretStr(""), description="that AccessKey's secret")
    sms_sign_name: str = Field("", description="the approved signature, without 【】")
    sms_templates: Annotated[dict[str, str], NoDecode] = Field(
        {}, description="our name=the provider's approved code, comma separated"
    )
    sms_report_secret: SecretStr = Field(
        SecretStr(""),
        description="the last part of the address to which the provider posts delivery reports, "
        "/sms/reports/…, for it signs nothing; 32 letters, digits, _ or - or more; empty: no reports are taken",
    )

    encryption_keys: SecretStr = Field(description="name:base64 of 32 bytes, comma separated; the first one writes")
    index_keys: SecretStr = Field(description="like WUWEI_ENCRYPTION_KEYS, for the blind indexes")
    signing_key: SecretStr = Field(
        description="base64 of 32 bytes; signs links to files, tickets to salons and tokens for feedback: "
        "another key ends those that are out, unless it is kept in WUWEI_FORMER_SIGNING_KEYS"
    )
    former_signing_keys: SecretStr = Field(
        SecretStr(""),
        description="base64 of 32 bytes, comma separated: signed before WUWEI_SIGNING_KEY did; what they signed is "
        "still taken, nothing new is signed with them; one that is no longer secret must not stand here",
    )
    cipher: Literal["aes-256-gcm", "sm4-gcm"] = Field("aes-256-gcm", description="what new values are sealed with")

    data_dir: Path = Field(Path(".wuwei"), description="directory of uploaded files, archives and the log of seals")
    s3_bucket: str = Field(
        "", description="bucket of an S3-compatible store for uploaded files; without one they lie in WUWEI_DATA_DIR"
    )
    s3_endpoint: str = Field("", description="its address, such as https://oss-cn-hangzhou.aliyuncs.com")
    s3_region: str = Field("", description="its region, such as oss-cn-hangzhou")
    s3_key_id: str = Field("", description="access key of a user that may do no more than read and write this bucket")
    s3_key_secret: SecretStr = Field(SecretStr(""), description="that access key's secret")
    s3_addressing: Literal["virtual", "path"] = Field(
        "virtual",
        description="where the bucket stands: in the host name, or in the path as for MinIO and its like",
    )
    api_host: str = Field("127.0.0.1", description="address on which the API listens")
    api_port: int = Field(8000, ge=1, le=65535, description="port of the API")
    internal_host: str = Field("127.0.0.1", description="address of metrics and readiness; never a public one")
    internal_port: int = Field(
        8001,
        ge=1,
        le=65535,
        description="port of the first process's metrics and readiness; the next process has the next port",
    )
    worker_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="port of the worker's metrics; without it the first free port behind the API's",
    )
    processes: int = Field(1, ge=1, le=64, description="API processes on the one port")
    public_url: str = Field(
        "http://127.0.0.1:8000", description="how the world reaches the API; WeChat fetches from there what it checks"
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="networks, comma separated, whose word about a client's address is taken"
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="origins, comma separated, of web pages that may call the API"
    )
    minimum_client: str = Field(
        "0.0.0",
        pattern=r"^\d{1,6}\.\d{1,6}\.\d{1,6}$",
        description="version of the mini-program; older ones are asked to update (426)",
    )
    secure_cookies: bool = Field(
        True, description="off only where the console is served by plain HTTP on one's own machine"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="from which level on lines are written"
    )

    preview_seconds: int = Field(
        15, ge=1, le=50, description="seconds for which a preview for staff may read the database"
    )

    owner_requests_per_minute: int = Field(120, ge=1, description="requests per minute of one owner")
    address_requests_per_minute: int = Field(600, ge=1, description="requests per minute from one network address")

    quiet_from: str = Field(
        "21:00", pattern=_HOUR, description="time of day (China) from which on only what is urgent is pushed"
    )
    quiet_until: str = Field(
        "08:00", pattern=_HOUR, description="time of day at which that ends; the same as WUWEI_QUIET_FROM: never quiet"
    )
    difference_from: str = Field(
        "02:30", pattern=_HOUR, description="time of day at which whoever newly fits a policy is looked for"
    )
    digest_day: int = Field(2, ge=1, le=7, description="weekday of the one weekly question; 1 is Monday")
    digest_from: str = Field("10:00", pattern=_HOUR, description="time of day of that question")
    broadcasts_per_day: int = Field(
        2, ge=0, le=50, description="broadcasts a day to one person, all channels together; what is over waits a day"
    )
    release_above: int = Field(
        10_000, ge=0, description="persons; a larger broadcast waits for a second person's release"
    )
    pause_at_error_percent: int = Field(
        5, ge=1, le=100, description="percent of its last 500 calls; a broadcast pauses when more of them fail"
    )
    pause_at_refusal_percent: int = Field(
        30, ge=1, le=100, description="percent of its last 500 calls; a broadcast pauses when more are answered 43101"
    )
    long_term_per_day: int = Field(
        5, ge=1, le=100, description="messages of one long-term template to one person a day"
    )
    questions_per_day: int = Field(10, ge=1, le=1000, description="questions that one person may ask a day (China)")
    visit_back_fill_days: int = Field(
        10, ge=0, le=60, description="days after a visit within which staff may still note who was there"
    )
    rating_days: Literal["earlier", "natural", "working"] = Field(
        "earlier",
        description="how the days after a bad rating are counted: natural, working, or the earlier end",
    )
    policy_attachment_megabytes: int = Field(20, ge=1, le=20, description="MB; the largest file with a policy")
    registry_file_megabytes: int = Field(200, ge=1, le=2000, description="MB; the largest uploaded registry file")
    link_checks: Literal["off", "public", "anywhere"] = Field(
        "public", description="whether links of policies are looked at; `anywhere` also on private addresses"
    )
    bank_callbacks: Literal["public", "anywhere"] = Field(
        "public", description="addresses at which banks' programs are told; `anywhere` also private ones, and http"
    )
    alert_webhook_url: str = Field("", description="where alerts are posted to; empty: nowhere")
    alert_webhook_secret: SecretStr = Field(
        SecretStr(""),
        validate_default=True,
        description="key of the HMAC over what is posted there; 16 characters or more",
    )
    send_concurrency: int = Field(100, ge=1, le=500, description="calls to WeChat in flight per worker")

    @field_validator("trusted_proxies", "cors_origins", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ip_network(network)
        return value

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_ORIGIN.fullmatch(origin) for origin in value):
            raise ValueError("must be origins such as https://console.example.cn, without a path")
        return value

    @field_validator("database_url")
    @classmethod
    def _postgres(cls, value: str) -> str:
        parts = _split_url(value)
        if parts is None or parts.scheme not in ("postgresql", "postgres") or len(parts.path) < 2:  # noqa: PLR2004  "/x"
            raise ValueError("must be postgresql://user:password@host:port/name, special characters percent-encoded")
        if any(name != "sslmode" or mode not in _SSL_MODES for name, mode in parse_qsl(parts.query)):
            raise ValueError(f"takes no other option than sslmode, one of {', '.join(_SSL_MODES)}")
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: str) -> str:
        parts = _split_url(value)
        is_number = parts is not None and (parts.scheme == "unix" or parts.path.strip("/").isdigit() or not parts.path)
        if parts is None or parts.scheme not in ("redis", "rediss", "unix") or not is_number:
            raise ValueError("must be redis://:password@host:port/number, special characters percent-encoded")
        return value

    @field_validator("wechat_base_url", "public_url", "sms_base_url")
    @classmethod
    def _http(cls, value: str) -> str:
        parts = _split_url(value)
        if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must begin with https:// and name a host")
        return value

    @field_validator("alert_webhook_url", "s3_endpoint")
    @classmethod
    def _webhook(cls, value: str) -> str:
        return cls._http(value) if value else value

    @field_validator("alert_webhook_secret")
    @classmethod
    def _webhook_secret(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        if info.data.get("alert_webhook_url") and len(value.get_secret_value()) < _SHORTEST_SECRET:
            raise ValueError(f"must have {_SHORTEST_SECRET} characters or more once WUWEI_ALERT_WEBHOOK_URL is set")
        return value

    @field_validator("sms_report_secret")
    @classmethod
    def _report_secret(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not _PATH_SECRET.fullmatch(value.get_secret_value()):
            raise ValueError("must have 32 letters, digits, _ or - or more")
        return value

    @field_validator("sms_templates", mode="before")
    @classmethod
    def _pairs(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        pairs = [part.partition("=") for part in value.split(",") if part.strip()]
        if not all(name.strip() and code.strip() for name, _, code in pairs):
            raise ValueError("must be name=code,name=code")
        return {name.strip(): code.strip() for name, _, code in pairs}

    @field_validator("wechat_callback_aes_key", "wechat_service_callback_aes_key")
    @classmethod
    def _aes_key(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        if not value.get_secret_value() and info.field_name == "wechat_service_callback_aes_key":
            return value
        if len(value.get_secret_value()) != _AES_KEY_LENGTH:
            raise ValueError("must have 43 characters")
        try:
            base64.b64decode(value.get_secret_value() + "=", validate=True)
        except ValueError:
            raise ValueError("must be 43 characters of base64") from None
        return value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """An optional part is set as a whole or not at all."""
        _all_or_none(self, "wechat_service_", self.wechat_service_appid)
        _all_or_none(self, "s3_", self.s3_bucket, but=("s3_addressing",))
        if self.sms_provider != "log":
            _all_or_none(self, "sms_", self.sms_provider, but=("sms_report_secret",))
        return self


def _all_or_none(settings: Settings, prefix: str, wanted: str, but: tuple[str, ...] = ()) -> None:
    names = [name for name in Settings.model_fields if name.startswith(prefix) and name not in but]
    told = {name: getattr(settings, name) for name in names}
    given = {
        name for name, value in told.items() if (value.get_secret_value() if isinstance(value, SecretStr) else value)
    }
    missing = [PREFIX + name.upper() for name in told if name not in given]
    if missing and (wanted or given):
        raise ValueError(f"{', '.join(missing)} must be set too")


def _split_url(url: str) -> SplitResult | None:
    """Return a URL in parts, None when it is none: what the library says of a wrong one may repeat a password."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  it is read, and refused, only when asked for
    except ValueError:
        return None
    return parts


def _one_line(error: ValidationError) -> str:
    parts = []
    for problem in error.errors():
        if not problem["loc"]:
            parts.append(problem["msg"].removeprefix("Value error, "))
            continue
        name = PREFIX + str(problem["loc"][0]).upper()
        if problem["type"] == "missing":
            field = Settings.model_fields[str(problem["loc"][0])]
            parts.append(f"{name} is not set" + (f" ({field.description})" if field.description else ""))
        else:
            parts.append(f"{name} is wrong: {problem['msg'].removeprefix('Value error, ')}")
    return "; ".join(parts)


def load_settings(**given: Any) -> Settings:
    """Read the settings; raises SettingsError with one line that names every missing or wrong one."""
    try:
        return Settings(**given)
    except ValidationError as error:
        raise SettingsError(_one_line(error)) from None


def environment() -> dict[str, str]:
    """Return a copy of the process environment, for starting another process."""
    return dict(os.environ)


def variable(name: str, default: str = "") -> str:
    """Return one variable that is needed before the settings can be read (`WUWEI_DATA_DIR` and its like)."""
    return os.environ.get(name, default)
