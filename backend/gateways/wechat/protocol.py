"""What the capabilities may ask of WeChat, and the shapes they get back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

Language = Literal["zh_CN", "en_US", "zh_HK", "zh_TW"]


@dataclass(frozen=True, slots=True)
class Session:
    """A log-in: `session_key` (base64 of 16 bytes) stays on the server, encrypted."""

    openid: str
    session_key: str = field(repr=False)
    unionid: str | None = None


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A number that WeChat has verified; `number` is without the country code."""

    country_code: str
    number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SendReceipt:
    """WeChat took the message (it is not delivered yet); its id is undocumented and sometimes missing."""

    msgid: str | None


@dataclass(frozen=True, slots=True)
class Template:
    """A subscribe-message template of the account; `content` is the text with its {{field.DATA}} marks."""

    id: str
    title: str
    content: str
    example: str
    long_term: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What WeChat thinks of a text: pass, review or risky; anything but pass needs a human or a refusal."""

    suggest: str
    label: int
    trace_id: str


class WeChatGateway(Protocol):
    """One mini-program's calls to WeChat.

    Every call raises a WeChatError and nothing else, refuses to run inside a transaction, and ends within 8 s a
    try (two tries when the access token was refused, three when WeChat is busy).
    """

    async def code_to_session(self, code: str) -> Session:
        """Exchange the one-use code of wx.login (5 minutes)."""

    async def check_session(self, openid: str, session_key: str) -> bool:
        """Say whether a session_key is still the user's."""

    async def phone_number(self, code: str, openid: str) -> PhoneNumber:
        """Exchange the one-use code of the phone button; the openid keeps others from using it."""

    async def send_subscribe(
        self,
        openid: str,
        template_id: str,
        data: Mapping[str, str],
        page: str | None = None,
        *,
        miniprogram_state: str | None = None,
        lang: Language = "zh_CN",
    ) -> SendReceipt:
        """Send a subscribe message once: never repeated here, not even when WeChat is busy.

        `data` maps a field ("thing1") to its text. Without a state the account's own is used.
        """

    async def templates(self) -> tuple[Template, ...]:
        """List the account's own templates."""

    async def judge_text(self, openid: str, text: str, scene: int) -> Verdict:
        """Judge at most 2,500 characters by someone who was here within 2 hours.

        Scenes: 1 profile, 2 comment, 3 forum, 4 social.
        """

    async def judge_image(self, openid: str, url: str, scene: int) -> str:
        """Ask for a verdict on an image and return the trace_id of the wxa_media_check event that brings it."""

    async def mini_code(self, scene: str, page: str, *, width: int = 430) -> bytes:
        """Draw the code that opens `page` (no leading slash, no query) with `scene`, as PNG or JPEG.

        A scene has 1 to 32 characters of letters, digits and ``!#$&'()*+,/:;=?@-._~``; anything else is a ValueError.
        """
