"""Why a command can be refused; the HTTP door turns each kind into a status (RFC 9457).

    WuweiError
    ├── Invalid             the input is wrong; `fields` says where
    ├── Unauthenticated     nobody, or somebody whose session ended
    ├── Forbidden           visible, but a permission is missing
    ├── NotFound            not there, or not visible to this actor
    ├── Conflict            the state changed or something else holds the place
    ├── PreconditionFailed  If-Match names an older version
    ├── KeyRequired         an Idempotency-Key is missing
    ├── KeyReused           the same Idempotency-Key with another body
    ├── TooLarge            the body is over the limit
    ├── TooManyRequests     wait `retry_after` seconds
    ├── ClientTooOld        the mini-program must be updated
    └── Unavailable         something we need does not answer

A capability subclasses a kind per reason and gives it a stable `code` ("visits.slot_taken") and a `sentence`
in Chinese that tells the reader what to do next.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong place of an input: a dotted path, a stable code and a Chinese sentence."""

    path: str
    code: str
    sentence: str


class WuweiError(Exception):
    """Anything a caller may be told; the message is the Chinese sentence."""

    code: ClassVar[str] = "internal"
    title: ClassVar[str] = "服务出错"
    sentence: ClassVar[str] = "服务暂时出错，请稍后再试。"

    def __init__(self, sentence: str | None = None) -> None:
        self.detail = sentence or self.sentence
        super().__init__(self.detail)


class Invalid(WuweiError):
    code = "invalid"
    title = "填写有误"
    sentence = "提交的内容有误，请按提示修改后再提交。"

    def __init__(self, sentence: str | None = None, fields: tuple[FieldError, ...] = ()) -> None:
        super().__init__(sentence)
        self.fields = fields


class Unauthenticated(WuweiError):
    code = "unauthenticated"
    title = "请先登录"
    sentence = "登录已失效，请重新登录。"


class Forbidden(WuweiError):
    code = "forbidden"
    title = "没有权限"
    sentence = "您没有办理此事项的权限，请联系管理员。"

    def __init__(self, permission: str | None = None, sentence: str | None = None) -> None:
        self.permission = permission
        super().__init__(sentence)


class NotFound(WuweiError):
    code = "not_found"
    title = "未找到"
    sentence = "没有找到您要的内容，可能已被删除或您无权查看。"


class Conflict(WuweiError):
    code = "conflict"
    title = "状态已变化"
    sentence = "内容刚刚发生了变化，请刷新后再试。"


class PreconditionFailed(WuweiError):
    code = "precondition_failed"
    title = "已被他人修改"
    sentence = "该内容已被他人修改，请刷新后核对再保存。"


class KeyRequired(WuweiError):
    code = "idempotency_key_required"
    title = "缺少请求标识"
    sentence = "请求缺少 Idempotency-Key，请刷新页面或更新到最新版本后再试。"


class KeyReused(WuweiError):
    code = "idempotency_key_reused"
    title = "请求标识重复"
    sentence = "同一请求标识已用于不同内容，请重新提交。"


class TooLarge(WuweiError):
    code = "too_large"
    title = "内容过大"
    sentence = "提交的内容过大，请精简后再试。"


class TooManyRequests(WuweiError):
    code = "too_many_requests"
    title = "操作过于频繁"
    sentence = "操作过于频繁，请稍后再试。"

    def __init__(self, retry_after: int = 60, sentence: str | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class ClientTooOld(WuweiError):
    code = "client_too_old"
    title = "请更新小程序"
    sentence = "小程序版本过低，请关闭后重新打开以更新。"


class Unavailable(WuweiError):
    code = "unavailable"
    title = "服务繁忙"
    sentence = "服务暂时繁忙，请稍后再试。"
