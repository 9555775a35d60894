"""Why something about a broadcast is refused."""

from collections.abc import Sequence

from backend.foundation.errors import Conflict, FieldError, Invalid, NotFound, PreconditionFailed


class BroadcastUnknown(NotFound):
    code = "broadcasts.unknown"
    title = "没有这项群发"
    sentence = "没有找到这项群发，可能已过保存期限或您无权查看。"


class NothingToBroadcast(NotFound):
    code = "broadcasts.nothing"
    title = "没有可群发的事项"
    sentence = "没有找到可以群发的事项：它可能尚未发布、已撤回或已截止。"


class NobodyToTell(Conflict):
    code = "broadcasts.nobody"
    title = "没有收件人"
    sentence = "目前没有需要通知的人：符合条件的人都已得知，或正等待另一项群发。"


class TooSoon(Conflict):
    code = "broadcasts.too_soon"
    title = "补发过于频繁"
    sentence = "这项群发刚刚补发或恢复过，请等待 10 分钟、查看结果后再补发。"


class OnHold(Conflict):
    code = "broadcasts.on_hold"
    title = "暂不能群发"
    sentence = "该事项目前不能群发，请处理后再试。"


class ListChanged(PreconditionFailed):
    code = "broadcasts.list_changed"
    title = "名单不一致"
    sentence = "群发的名单或内容与您核对的不一致，请刷新后重新核对校验值再放行。"


class SamePerson(Conflict):
    code = "broadcasts.same_person"
    title = "须另一人放行"
    sentence = "收件人较多的群发须由没有参与起草、审核和冻结名单的另一位同事放行。"


class NoPhone(Conflict):
    code = "broadcasts.no_phone"
    title = "未绑定微信"
    sentence = "您还没有绑定自己的微信，收不到试发的消息。请先在工作台绑定后再试。"


class TrialUnknown(NotFound):
    code = "broadcasts.trial_unknown"
    title = "没有这次试发"
    sentence = "没有找到这次试发：它可能不是您发的，或已超过保存期限。"


class TooLate(Conflict):
    code = "broadcasts.too_late"
    title = "已过期限"
    sentence = "该事项的期限已过，消息不再发送。"


class WrongTime(Invalid):
    code = "broadcasts.wrong_time"
    title = "发送时间有误"
    sentence = "发送时间须在现在之后、180 天之内。"


class WrongRecurrence(Invalid):
    code = "broadcasts.wrong_recurrence"
    title = "重复规则有误"
    sentence = "重复规则须为 iCalendar 的 RRULE，按日、周、月或年重复，例如 FREQ=WEEKLY;BYDAY=MO。"

    def __init__(self, wrong: Sequence[str]) -> None:
        told = f"{'；'.join(wrong)}。"
        super().__init__(f"重复规则有误：{told}", (FieldError("rrule", self.code, told),))
