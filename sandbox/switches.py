"""What may change while the stand-in runs: latency, how events look, how strict it is."""

from typing import Annotated, Literal

import msgspec

Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=600_000)]
Count = Annotated[int, msgspec.Meta(ge=1, le=1_000)]
Verdict = Literal["auto", "pass", "review", "risky"]


class Switches(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Defaults are the everyday behaviour of WeChat; PATCH /control/settings changes single ones."""

    latency_ms: Milliseconds = 0
    """Of every WeChat call; half before its effect, half after, so that a killed client leaves both kinds."""
    serial_openid: bool = False
    """Answer 43108 to a send while another one to the same openid is under way."""
    serial_hold_ms: Milliseconds = 5
    """How long a send is under way at least, when `serial_openid` is on."""
    answer_msgid: bool = True
    """The real answer sometimes lacks it."""
    long_term_daily_limit: int | None = None
    """Sends a day for one openid and long-term template before 40038."""
    live_pages: tuple[str, ...] | None = None
    """Pages of the live release; others are refused with 41030. None: any."""
    text_verdict: Verdict = "auto"
    """auto: 【违规】 in a text is risky, 【待审】 is for review, all else passes."""
    media_verdict: Verdict = "auto"
    media_fetch: bool = True
    """Download the media before judging, as WeChat does; failure makes the result errcode -1008."""
    media_delay_ms: Milliseconds = 300
    visit_needed: bool = True
    """61010 for a content check of an openid that did not sign in within two hours."""
    sent_events: bool = True
    sent_delay_ms: Milliseconds = 0
    sent_error_code: str = "0"
    sent_error_status: str = "success"
    service_sent_status: str = "success"
    """Status of TEMPLATESENDJOBFINISH; WeChat's others are `failed:user block` and `failed: system failed`."""
    sms_check_time: bool = True
    """Refuse a request of the SMS provider's that is dated more than 15 minutes off."""
    sms_per_minute: int | None = None
    """Text messages to one number before isv.BUSINESS_LIMIT_CONTROL."""
    sms_per_day: int | None = None
    sms_reports: bool = True
    sms_report_delay_ms: Milliseconds = 0
    sms_report_code: str = "DELIVERED"
    """err_code of the delivery reports; any other one says that the network refused the message."""
    sms_report_url: str | None = None
    """Overrides where they are posted to."""
    push_format: Literal["json", "xml"] = "json"
    push_list: Literal["auto", "array", "container"] = "auto"
    """JSON only. auto: an object when one, an array when several; container: below SubscribeMsg…Event."""
    push_numbers: Literal["mixed", "string", "int"] = "mixed"
    """JSON only. mixed: CreateTime a number, all else text."""
    push_spaced_keys: bool = False
    """JSON only: keys with a leading space, as in the examples of the privacy events."""
    push_concurrency: Count = 16
    push_timeout_ms: Annotated[int, msgspec.Meta(ge=10, le=60_000)] = 5_000
    push_retry_wait_ms: Milliseconds = 1_000
    callback_url: str | None = None
    """Overrides the mini-program's callback URL of the environment."""
    service_callback_url: str | None = None
    """The same for the service account."""
