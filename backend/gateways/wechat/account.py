"""Who we are to WeChat: one account (the mini-program or the service account) and its secrets."""

from dataclasses import dataclass, field

from backend.foundation.settings import Settings


@dataclass(frozen=True, slots=True)
class WeChatAccount:
    """One appid with its secrets; the secrets never show in a repr, so a logged account gives nothing away."""

    appid: str
    base_url: str
    secret: str = field(repr=False)
    callback_token: str = field(repr=False)
    callback_aes_key: str = field(repr=False)
    program_state: str = "formal"


def mini_program(settings: Settings) -> WeChatAccount:
    """Return the mini-program's account as the operator set it."""
    return WeChatAccount(
        appid=settings.wechat_appid,
        base_url=settings.wechat_base_url.rstrip("/") + "/",
        secret=settings.wechat_secret.get_secret_value(),
        callback_token=settings.wechat_callback_token.get_secret_value(),
        callback_aes_key=settings.wechat_callback_aes_key.get_secret_value(),
        program_state=settings.wechat_program_state,
    )


def service_account(settings: Settings) -> WeChatAccount | None:
    """Return the service account, or None when the office has none."""
    if not settings.wechat_service_appid:
        return None
    return WeChatAccount(
        appid=settings.wechat_service_appid,
        base_url=settings.wechat_base_url.rstrip("/") + "/",
        secret=settings.wechat_service_secret.get_secret_value(),
        callback_token=settings.wechat_service_callback_token.get_secret_value(),
        callback_aes_key=settings.wechat_service_callback_aes_key.get_secret_value(),
    )
