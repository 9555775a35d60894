"""What a capability can do wrong when it tells something, and why owners and staff are refused."""

from backend.foundation.errors import Conflict, NotFound


class WrongMessage(ValueError):
    """A message does not fit its kind; raised by `tell` before the first row."""


class EntryNotFound(NotFound):
    code = "notifications.entry_not_found"
    title = "没有这条消息"
    sentence = "没有找到这条消息，可能已超过保存期限。"


class CodeUnknown(NotFound):
    code = "notifications.code_unknown"
    title = "绑定码无效"
    sentence = "绑定码不正确、已用过或已过期，请在工作台重新获取。"


class PhoneTaken(Conflict):
    code = "notifications.phone_taken"
    title = "微信已绑定"
    sentence = "这个微信已绑定另一位工作人员，请先解除后再绑定。"
