"""The WeChat stand-in as a program of its own, and the few things tests do to it."""

import random
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

import httpx

from operations.processes import is_free, tied
from tests.support.watching import PATIENCE, eventually

APPID = "wx5a7d0b0c5e1f2a34"
SECRET = "sandbox-secret"
CALLBACK_TOKEN = "callback-token"
CALLBACK_AES_KEY = "a" * 42 + "A"
SERVICE_APPID = "wx6b8e1c1d6f2a3b45"
SMS_TEMPLATES = {
    "policy_changed": "SMS_100000001",
    "policy_closing": "SMS_100000002",
    "binding_result": "SMS_100000003",
    "binding_added": "SMS_100000004",
    "case_asked": "SMS_100000005",
    "case_answered": "SMS_100000006",
}


@dataclass
class Sandbox:
    """A running stand-in; what it does is told by its control API."""

    url: str
    process: subprocess.Popen[bytes]
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=PATIENCE))

    def control(self, method: str, path: str, /, **body: Any) -> Any:
        answer = self.http.request(method, f"{self.url}/control/{path}", json=body or None)
        answer.raise_for_status()
        return answer.json()

    def answers(self) -> bool:
        try:
            self.control("GET", "settings")
        except httpx.TransportError:
            return False
        return True

    def reset(self) -> None:
        self.control("POST", "reset")

    def owner(self, **fields: Any) -> str:
        """Make a person with a phone and return his openid."""
        return str(self.control("POST", "owners", **fields)["openid"])

    def login_code(self, openid: str) -> str:
        return str(self.control("POST", f"owners/{openid}/login-code")["code"])

    def phone_code(self, openid: str) -> str:
        return str(self.control("POST", f"owners/{openid}/phone-code")["code"])

    def fault(self, **rule: Any) -> None:
        self.control("POST", "faults", **rule)

    def calls(self, path: str) -> int:
        """Return how often one of WeChat's paths was called."""
        return int(self.control("GET", "calls")["total"].get(path, 0))


def all_channels(sandbox: Sandbox) -> dict[str, Any]:
    """Return the settings that open the service account and text messages to the stand-in."""
    sandbox.control("PATCH", "settings", sms_check_time=False)  # a test's clock stands elsewhere
    return {
        "wechat_base_url": sandbox.url,
        "wechat_service_appid": SERVICE_APPID,
        "wechat_service_secret": SECRET,
        "wechat_service_callback_token": CALLBACK_TOKEN,
        "wechat_service_callback_aes_key": CALLBACK_AES_KEY,
        "sms_provider": "aliyun",
        "sms_base_url": f"{sandbox.url}/sms",
        "sms_key_id": "sandbox-key",
        "sms_key_secret": SECRET,
        "sms_sign_name": "无微不至",
        "sms_templates": SMS_TEMPLATES,
    }


def start_sandbox() -> Sandbox:
    """Start `python -m sandbox` on a free port and wait until it answers."""
    port = next(port for port in iter(lambda: random.randint(15_000, 29_999), None) if is_free(port))
    environment = {
        "PATH": "/usr/bin:/bin",
        "WUWEI_SANDBOX_PORT": str(port),
        "WUWEI_WECHAT_APPID": APPID,
        "WUWEI_WECHAT_SECRET": SECRET,
        "WUWEI_WECHAT_CALLBACK_TOKEN": CALLBACK_TOKEN,
        "WUWEI_WECHAT_CALLBACK_AES_KEY": CALLBACK_AES_KEY,
        "WUWEI_WECHAT_SERVICE_APPID": SERVICE_APPID,
        "WUWEI_WECHAT_SERVICE_SECRET": SECRET,
        "WUWEI_WECHAT_SERVICE_CALLBACK_TOKEN": CALLBACK_TOKEN,
        "WUWEI_WECHAT_SERVICE_CALLBACK_AES_KEY": CALLBACK_AES_KEY,
    }
    process = subprocess.Popen(tied([sys.executable, "-m", "sandbox"], death="SIGKILL", environment=environment))
    sandbox = Sandbox(f"http://127.0.0.1:{port}", process)
    if eventually(sandbox.answers):
        return sandbox
    process.kill()
    raise RuntimeError(f"the sandbox did not answer within {PATIENCE:.0f} s")


def stop_sandbox(sandbox: Sandbox) -> None:
    sandbox.http.close()
    sandbox.process.terminate()
    sandbox.process.wait(PATIENCE)
