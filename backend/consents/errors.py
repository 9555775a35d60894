"""Why a consent is refused or asked for."""

from backend.foundation.errors import Conflict, Forbidden


class TextChanged(Conflict):
    code = "consents.text_changed"
    title = "文本已更新"
    sentence = "告知文本已更新，请阅读新的版本后再确认。"


class ConsentNeeded(Forbidden):
    code = "consents.needed"
    title = "需要您的同意"

    def __init__(self, purpose: str) -> None:
        self.purpose = purpose
        super().__init__(sentence="办理此事项需要您先阅读并同意相关说明。")
