"""Words for messages, broadcasts and what an operator is told."""

from typing import Final

from backend.alerts.kinds import KINDS as ALERTS
from backend.notifications.broadcasts import wording
from backend.notifications.broadcasts.states import WORDS as BROADCAST_STATES
from backend.notifications.kinds import KINDS as MESSAGES
from backend.notifications.staff_kinds import STAFF_KINDS
from backend.overview.vocabulary.plain import Words, plain

BROADCAST_ACTS: Final = {
    "freeze": "冻结名单",
    "test": "试发给自己",
    "release": "放行",
    "pause": "暂停",
    "resume": "继续发送",
    "cancel": "取消",
    "resend": "补发给未收到的人",
    "report": "导出送达报告",
}
SCHEDULES: Final = {"now": "立即", "at": "定时", "recurring": "重复"}
SEVERITIES: Final = {"critical": "需立即处理", "warning": "工作时间处理"}
BREAKERS: Final = {"closed": "正常", "open": "暂停中", "half_open": "试探恢复"}
TEMPLATES: Final = {"live": "可用", "misfit": "字段不一致", "stopped": "已停用", "gone": "已被删除"}

WORDS: Final[Words] = {
    "broadcast_state": plain(BROADCAST_STATES),
    "broadcast_act": BROADCAST_ACTS,
    "broadcast_schedule": SCHEDULES,
    "delivery_state": wording.STATES,
    "delivery_outcome": wording.OUTCOMES,
    "delivery_reason": wording.REASONS,
    "channel": wording.CHANNELS,
    "message_kind": {kind.key: kind.title for kind in MESSAGES.values()},
    "notice_kind": {kind.key: kind.name for kind in STAFF_KINDS.values()},
    "alert_kind": {kind.key: kind.title for kind in ALERTS.values()},
    "alert_meaning": {kind.key: kind.meaning for kind in ALERTS.values()},
    "alert_look": {kind.key: kind.look for kind in ALERTS.values()},
    "alert_action": {kind.key: kind.action for kind in ALERTS.values()},
    "severity": SEVERITIES,
    "breaker": BREAKERS,
    "template": TEMPLATES,
}
