"""Everything an operator may set, read once at start from WUWEI_* variables and never changed afterwards."""

import os
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from backend.foundation.settings_values import (
    HOUR,
    VERSION,
    CallbackKey,
    DatabaseUrl,
    Networks,
    OptionalCallbackKey,
    OptionalUrl,
    Origins,
    Pairs,
    PathSecret,
    RedisUrl,
    Url,
)

PREFIX = "WUWEI_"
_SHORTEST_SECRET = 16


class SettingsError(Exception):
    """A setting is missing or wrong; the message is the one line to print."""


class Settings(BaseSettings):
    """The service's settings; `WUWEI_DATABASE_URL` sets `database_url`, and so on.

    A variable that is empty counts as not set. docs/settings.md is made from here: a description names the unit.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="ignore")

    database_url: DatabaseUrl = Field(
        description="postgresql://user:password@host:port/name[?sslmode=…], PostgreSQL 18"
    )
    redis_url: RedisUrl = Field(description="redis://host:port/0, Redis 7 or Valkey 8 and later")
    database_pool: int = Field(10, ge=2, le=200, description="connections to PostgreSQL per process")

    wechat_base_url: Url = Field(description="https://api.weixin.qq.com, or the sandbox")
    wechat_appid: str = Field(min_length=6, description="the mini-program's AppID")
    wechat_secret: SecretStr = Field(description="the mini-program's AppSecret")
    wechat_callback_token: SecretStr = Field(
        description="the token set in WeChat's console for pushes to /wechat/events/miniprogram"
    )
    wechat_callback_aes_key: CallbackKey = Field(description="the 43 characters of EncodingAESKey; secure mode only")
    wechat_program_state: Literal["developer", "trial", "formal"] = Field(
        "formal", description="the version of the mini-program that a message opens"
    )

    wechat_service_appid: str = Field("", description="the service account's AppID; without one that channel is off")
    wechat_service_secret: SecretStr = Field(SecretStr(""), description="the service account's AppSecret")
    wechat_service_callback_token: SecretStr = Field(
        SecretStr(""), description="the token of its pushes to /wechat/events/service"
    )
    wechat_service_callback_aes_key: OptionalCallbackKey = Field(
        SecretStr(""), description="the 43 characters of its EncodingAESKey; secure mode only"
    )

    sms_provider: Literal["log", "aliyun"] = Field(
        "log", description="who sends text messages; `log` sends nothing and writes one line for each"
    )
    sms_base_url: Url = Field("https://dysmsapi.aliyuncs.com/", description="the provider's address")
    sms_key_id: str = Field("", description="AccessKey id of a RAM user that may do nothing but SendSms")
    sms_key_secret: SecretStr = Field(SecretStr(""), description="that AccessKey's secret")
    sms_sign_name: str = Field("", description="the approved signature, without 【】")
    sms_templates: Pairs = Field({}, description="our name=the provider's approved code, comma separated")
    sms_report_secret: PathSecret = Field(
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
    s3_endpoint: OptionalUrl = Field("", description="its address, such as https://oss-cn-hangzhou.aliyuncs.com")
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
    public_url: Url = Field(
        "http://127.0.0.1:8000", description="how the world reaches the API; WeChat fetches from there what it checks"
    )
    trusted_proxies: Networks = Field(
        (), description="networks, comma separated, whose word about a client's address is taken"
    )
    cors_origins: Origins = Field((), description="origins, comma separated, of web pages that may call the API")
    minimum_client: str = Field(
        "0.0.0",
        pattern=VERSION,
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
        "21:00", pattern=HOUR, description="time of day (China) from which on only what is urgent is pushed"
    )
    quiet_until: str = Field(
        "08:00", pattern=HOUR, description="time of day at which that ends; the same as WUWEI_QUIET_FROM: never quiet"
    )
    difference_from: str = Field(
        "02:30", pattern=HOUR, description="time of day at which whoever newly fits a policy is looked for"
    )
    digest_day: int = Field(2, ge=1, le=7, description="weekday of the one weekly question; 1 is Monday")
    digest_from: str = Field("10:00", pattern=HOUR, description="time of day of that question")
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
    alert_webhook_url: OptionalUrl = Field("", description="where alerts are posted to; empty: nowhere")
    alert_webhook_secret: SecretStr = Field(
        SecretStr(""),
        validate_default=True,
        description="key of the HMAC over what is posted there; 16 characters or more",
    )
    send_concurrency: int = Field(100, ge=1, le=500, description="calls to WeChat in flight per worker")

    @field_validator("alert_webhook_secret")
    @classmethod
    def _webhook_secret(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        if info.data.get("alert_webhook_url") and len(value.get_secret_value()) < _SHORTEST_SECRET:
            raise ValueError(f"must have {_SHORTEST_SECRET} characters or more once WUWEI_ALERT_WEBHOOK_URL is set")
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
