"""States, channels and reasons of a report in the words of its readers."""

from typing import Final

from backend.gateways.sms import policy as sms
from backend.gateways.wechat import policy as wechat
from backend.notifications.states import DELIVERY

CHANNELS: Final = {"subscribe": "微信订阅消息", "service": "服务号消息", "sms": "短信"}
STATES: Final = {state.value: words for state, words in DELIVERY.words.items()}
OUTCOMES: Final = {
    "reached": "已送达",
    "waiting": "等待结果",
    "inbox_only": "仅站内消息",
    "not_reached": "未送达，站内可查",
    "left_out": "轮到时不再通知",
    "untold": "还未通知",
}
REASONS: Final = {
    # A refused call's reason is the meaning of its policy.
    **{policy.meaning: policy.words for policy in (*wechat.ANSWERS, *sms.ANSWERS)},
    "no_address": "没有可用的微信",
    "no_channel": "此类消息只发站内",
    "data_unfit": "内容不符合模板要求",
    "no_credit": "未授权接收此类消息",
    "switched_off": "本人关闭了此类消息",
    "muted": "本人关闭了此类消息",
    "profiling_refused": "本人不接受按画像推送",
    "no_phone": "没有已验证的手机号",
    "address_broken": "微信账号已失效",
    "address_ended": "账号已注销或退出",
    "address_moved": "微信已由他人使用",
    "quiet": "处于免打扰时段",
    "capped": "当日群发已达上限",
    "in_digest": "超出每日上限，并入次日的合并提醒",
    "frequent": "该模板当日已达上限",
    "held": "等待上一条消息的结果",
    "too_late": "已过期限",
    "called_off": "所涉事项已撤回",
    "not_acting": "不再为该企业办事",
    "broadcast_paused": "群发已暂停",
    "broadcast_cancelled": "群发已取消",
    "template_missing": "缺少消息模板",
    "template_stopped": "消息模板已停用",
    "template_misfit": "消息模板字段不一致",
    "template_gone": "消息模板已被删除",
    "no_answer": "微信没有答复",
    "call_broke": "发送时出错",
    "fits_no_more": "轮到时已不符合条件",
    "heard_already": "此前已得知",
    "erased": "账号已注销",
    "no_service_account": "本系统未接入服务号",
    "no_provider": "本系统未接入短信服务商",
    # What events and reports say.
    "": "对方未说明原因",
    "unknown": "对方未说明原因",
    "user refuse": "本人拒收",
    "user reject": "本人拒收",
    "user block": "本人拒收",
    "failed:user block": "本人拒收",
    "failed: system failed": "微信系统发送失败",
}


def reason_words(reason: str | None) -> str | None:
    """Return a reason as staff read it; a code of WeChat's or an operator's that nobody lists is named as one."""
    return None if reason is None else REASONS.get(reason) or f"对方给出的原因代码：{reason}"
