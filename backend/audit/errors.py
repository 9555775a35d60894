"""Why a look at the trail is refused."""

from backend.foundation.errors import Conflict


class VerificationRunning(Conflict):
    code = "audit.verification_running"
    title = "正在校验"
    sentence = "审计记录正在校验，请等它结束后再试。"
