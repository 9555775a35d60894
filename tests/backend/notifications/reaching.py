"""Owners who follow the service account and have proved their phone numbers, and what reached them there."""

from typing import Any

from backend import runtime
from backend.foundation import clock, db
from backend.notifications import followers
from backend.notifications.kinds import KINDS
from tests.backend.notifications.people import Phone, Phones
from tests.support.sandbox import CALLBACK_AES_KEY, CALLBACK_TOKEN, Sandbox

SERVICE_APPID = "wx6b8e1c1d6f2a3b45"
SEND_SERVICE = "/cgi-bin/message/template/send"
NUMBER = "13800001111"
REPORT_SECRET = "report-secret-0123456789-abcdefgh"


def channels(sandbox: Sandbox) -> dict[str, Any]:
    """Return the settings that open every channel over the stand-in."""
    codes = sandbox.control("GET", "sms/templates")["items"]
    return {
        "wechat_base_url": sandbox.url,
        "wechat_service_appid": SERVICE_APPID,
        "wechat_service_secret": "sandbox-secret",
        "wechat_service_callback_token": CALLBACK_TOKEN,
        "wechat_service_callback_aes_key": CALLBACK_AES_KEY,
        "sms_provider": "aliyun",
        "sms_base_url": f"{sandbox.url}/sms",
        "sms_key_id": "sandbox-key",
        "sms_key_secret": "sandbox-secret",
        "sms_sign_name": "无微不至",
        "sms_templates": {one["key"]: one["code"] for one in codes},
        "sms_report_secret": REPORT_SECRET,
    }


async def prove_phone(phone: Phone, number: str = NUMBER) -> None:
    """The owner has verified a number of his."""
    sealed = runtime.current().vault.encrypt(number, table="persons", column="phone_sealed", row=phone.person)
    await db.execute(
        "UPDATE persons SET phone_sealed = $2, phone_index = '\\x01', phone_verified_at = $3 WHERE id = $1",
        phone.person,
        sealed,
        clock.now(),
    )


class Reachable(Phones):
    """As Phones, with the further ways."""

    async def learn_templates(self) -> None:
        await super().learn_templates()
        self.sandbox.control("PATCH", "settings", sms_check_time=False)  # ours is the test's
        gateway = runtime.current().service_account
        assert gateway is not None
        wanted = {kind.service.template for kind in KINDS.values() if kind.service}
        for template in await gateway.templates():
            if template.title in wanted:
                await db.execute(
                    "INSERT INTO message_templates (template_id, account, title, is_long_term, fields, state, seen_at)"
                    " VALUES ($1, $2, $3, TRUE, '{}', 'live', $4) ON CONFLICT (template_id) DO NOTHING",
                    template.id,
                    SERVICE_APPID,
                    template.title,
                    clock.now(),
                )

    async def follow(self, phone: Phone) -> str:
        """The owner follows the service account; we learn who that is."""
        told = self.sandbox.control("GET", f"owners/{phone.openid}")
        await db.execute("UPDATE persons SET unionid = $2 WHERE id = $1", phone.person, told["unionid"])
        await followers.follow(SERVICE_APPID, told["service_openid"])
        await followers.learn()
        return str(told["service_openid"])

    def texts(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.sandbox.control("GET", "sms")["items"]
        return items

    def by_account(self) -> list[str]:
        """Return which account carried each WeChat message."""
        return [item["account"] for item in self.received()]
