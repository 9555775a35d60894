"""Words for who works here and for whom: accounts, roles, permissions, enterprises, what the trail says of them."""

from collections.abc import Mapping
from typing import Final

from backend.access import PERMISSIONS, Role
from backend.audit.words import ACTIONS, ACTORS, FIELDS, SUBJECTS
from backend.eligibility import Source
from backend.eligibility.catalogue import SOURCE_TITLES
from backend.enterprises import bound, divisions, timeline, uploads
from backend.enterprises.catalogue import CATALOGUE
from backend.identity import reviewing
from backend.overview.vocabulary.plain import Words, plain
from backend.worktime.queries import DAY_SOURCES, YEAR_STATES

ROLES: Final[Mapping[str, str]] = {
    Role.FRONT_DESK: "窗口人员",
    Role.VISITOR: "走访人员",
    Role.SPECIALIST: "业务专员",
    Role.PUBLISHER: "政策起草人员",
    Role.REVIEWER: "政策审核人员",
    Role.MANAGER: "主管",
    Role.AUDITOR: "审计员",
    Role.SYSTEM_ADMINISTRATOR: "系统管理员",
    Role.SECURITY_ADMINISTRATOR: "安全管理员",
    Role.PARTNER: "合作机构人员",
}
CAPABILITIES: Final = {
    "enterprises": "企业",
    "bindings": "绑定审核",
    "policies": "政策",
    "messages": "消息",
    "broadcasts": "群发",
    "audit": "审计",
    "staff": "工作人员",
    "surveys": "需求调查",
    "knowledge": "知识库",
    "cases": "事项",
    "questions": "提问",
    "moderation": "内容核对",
    "visits": "走访",
    "contacts": "入企记录",
    "inspections": "入企检查",
    "salons": "沙龙",
    "financing": "融资对接",
    "products": "金融产品",
    "referrals": "银行对接",
    "worktime": "工作日历",
    "system": "系统运行",
}
STAFF_STATES: Final = {"active": "在岗", "left": "离岗"}
SIZES: Final = {
    "large": "大型",
    "medium": "中型",
    "small": "小型",
    "micro": "微型",
    "undetermined": "数据不全，未能判定",
    "not_applicable": "不适用",
}
REVIEW_ACTS: Final = {"approve": "通过", "refuse": "不通过", "open_licence": "查看证照照片"}
IMPORT_ACTS: Final = {"cancel": "取消导入", "download_errors": "下载错误文件"}
CALENDAR_ACTS: Final = {
    "set_days": "调整日期",
    "remove_days": "取消调整",
    "settle": "确认全年安排",
    "unsettle": "撤销确认",
    "change_hours": "调整办公时间",
    "withdraw_hours": "撤回办公时间",
}
ABSENCES: Final = {"leave": "休假", "sick": "病假", "training": "培训", "trip": "出差", "other": "其他"}
STAFF_ACTS: Final = {
    "edit": "修改姓名和单位",
    "grant": "授予角色",
    "end_grant": "收回角色",
    "reset": "重置密码和动态码",
    "end_sessions": "结束登录",
    "leave": "办理离岗",
}

WORDS: Final[Words] = {
    "role": ROLES,
    "permission": PERMISSIONS,
    "capability": CAPABILITIES,
    "staff_state": STAFF_STATES,
    "staff_act": STAFF_ACTS,
    "absence_kind": ABSENCES,
    "actor_kind": {**ACTORS, **timeline.TELLERS},
    "audit_action": ACTIONS,
    "audit_table": SUBJECTS,
    "audit_field": {**{fact.key: fact.title for fact in CATALOGUE.values()}, **FIELDS},
    "import_state": plain(uploads.STATE_WORDS),
    "import_act": IMPORT_ACTS,
    "review_kind": reviewing.KIND_WORDS,
    "review_state": reviewing.STATE_WORDS,
    "review_act": REVIEW_ACTS,
    "binding_role": bound.ROLE_WORDS,
    "binding_state": plain(bound.STATE_WORDS),
    "binding_basis": bound.BASIS_WORDS,
    "timeline_kind": timeline.KIND_WORDS,
    "fact": {fact.key: fact.title for fact in CATALOGUE.values()},
    "fact_source": {Source(number).name.lower(): told for number, told in SOURCE_TITLES.items()},
    "size": SIZES,
    "district": dict(divisions.DISTRICTS),
    "town": dict(divisions.TOWNS),
    "day_source": plain(DAY_SOURCES),
    "calendar_year_state": plain(YEAR_STATES),
    "calendar_act": CALENDAR_ACTS,
}
