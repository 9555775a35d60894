"""Every code that the console shows, in Chinese, gathered from whoever owns it, so that nobody else keeps a dictionary.

What stands here is only what its owner says nowhere: the words for the states of things.
"""

from collections.abc import Mapping
from typing import Any, Final

from backend.access import PERMISSIONS, Role
from backend.alerts.kinds import KINDS as ALERTS
from backend.audit.words import ACTIONS, ACTORS, FIELDS, SUBJECTS
from backend.cases.desk.exporting import CHANNELS as CASE_CHANNELS
from backend.cases.desk.exporting import TASKS as CASE_TASKS
from backend.cases.desk.exporting import URGENCIES as CASE_URGENCIES
from backend.cases.desk.queues import QUEUES as CASE_QUEUES
from backend.cases.ending.rating import LEVEL_WORDS as CASE_LEVELS
from backend.cases.lists.states import WORDS as PROBLEM_STATES
from backend.cases.macros.acts import WORDS as MACRO_ACTS
from backend.cases.states import WORDS as CASE_STATES
from backend.eligibility import Source
from backend.eligibility.catalogue import SOURCE_TITLES
from backend.enterprises import bound, divisions, timeline, uploads
from backend.enterprises.catalogue import CATALOGUE
from backend.enterprises.contacts import states as contacts
from backend.financing import codes as financing_codes
from backend.financing import states as financing_states
from backend.financing.costs.terms import DAY_COUNTS, FEE_BASES, FEE_WHENS, FEES, REPAYMENTS
from backend.identity import reviewing
from backend.moderation.queries import WHY
from backend.moderation.states import PART_WORDS as MODERATION_PARTS
from backend.notifications.broadcasts import wording
from backend.notifications.broadcasts.states import WORDS as BROADCAST_STATES
from backend.notifications.kinds import KINDS as MESSAGES
from backend.notifications.staff_kinds import STAFF_KINDS
from backend.policies.states import WORDS as POLICY_STATES
from backend.questions.knowledge import states as knowledge
from backend.questions.states import PUBLICATION_WORDS as PUBLICATION_STATES
from backend.questions.states import WORDS as QUESTION_STATES
from backend.questions.surveys.allowed import ACTS as SURVEY_ACTS
from backend.questions.surveys.content import KIND_WORDS as SURVEY_QUESTIONS
from backend.questions.surveys.states import WORDS as SURVEY_STATES
from backend.salons.allowed import SALON_ACTS, SIGNUP_ACTS
from backend.salons.content import TOPICS as SALON_TOPICS
from backend.salons.content import WAYS as SALON_WAYS
from backend.salons.door.merging import OUTCOME_WORDS as SCAN_OUTCOMES
from backend.salons.door.scanning import REFUSALS as SCAN_REFUSALS
from backend.salons.states import SIGNUP_WORDS as SIGNUP_STATES
from backend.salons.states import WORDS as SALON_STATES
from backend.visits.afterwards.allowed import WORDS as VISIT_LATER_ACTS
from backend.visits.afterwards.arriving import HOW_WORDS as VISIT_ARRIVALS
from backend.visits.afterwards.hearing import STATE_WORDS as VISIT_WORDS
from backend.visits.afterwards.minutes import KIND_WORDS as VISIT_FINDINGS
from backend.visits.campaigns import states as campaigns
from backend.visits.reasons import PLACES as VISIT_PLACES
from backend.visits.states import WORDS as VISIT_STATES
from backend.worktime.queries import DAY_SOURCES, YEAR_STATES

Words = Mapping[str, Mapping[str, str]]

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
POLICY_LEVELS: Final = {"national": "国家", "province": "省", "city": "市", "county": "区县"}
POLICY_ACTIONS: Final = {
    "policies": "政策扶微",
    "financing": "金融惠微",
    "supervision": "监管护微",
    "assistance": "服务暖微",
}
POLICY_VERIFICATIONS: Final = {"law_text": "已对照全文核对", "excerpt": "已对照存档页摘录核对", "partial": "部分核对"}
POLICY_CATEGORIES: Final = (
    *("税费", "金融", "就业", "创业", "产业", "培育", "资质"),
    *("质量", "知识产权", "费用", "权益", "监管", "综合"),
)
"""Those offered; who writes a policy may name another."""
POLICY_REGIONS: Final = {"000000": "全国", "330000": "浙江省", "330500": "湖州市", **divisions.DISTRICTS}
POLICY_ACTS: Final = {
    "edit": "修改",
    "begin_edition": "起草新版",
    "attach": "更换附件",
    "submit": "提交审核",
    "publish": "审核并发布",
    "unschedule": "取消定时发布",
    "withdraw": "撤回",
    "resume_pushes": "恢复推送",
    "broadcast": "群发",
}
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
SIZES: Final = {
    "large": "大型",
    "medium": "中型",
    "small": "小型",
    "micro": "微型",
    "undetermined": "数据不全，未能判定",
    "not_applicable": "不适用",
}
BREAKERS: Final = {"closed": "正常", "open": "暂停中", "half_open": "试探恢复"}
TEMPLATES: Final = {"live": "可用", "misfit": "字段不一致", "stopped": "已停用", "gone": "已被删除"}
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
ARTICLE_ACTS: Final = {
    "edit": "修改",
    "begin_edition": "起草新版",
    "submit": "提交审核",
    "publish": "审核并发布",
    "send_back": "退回修改",
    "withdraw": "撤下",
}
CASE_ACTS: Final = {
    "accept": "接办",
    "reply": "回复",
    "note": "内部备注",
    "ask": "一次性告知",
    "answer": "答复",
    "decline": "不予办理",
    "pause": "暂停计时",
    "resume": "恢复计时",
    "promise": "承诺日期",
    "extend": "延长期限",
    "reach": "记录送达",
    "decide": "作出决定",
    "close": "决定办结",
    "supervise": "挂牌督办",
    "assign": "分派",
    "hand_over": "转交同事",
    "refuse_offer": "不接受转交",
    "give_back": "退回重新分派",
    "transfer": "转办其他单位",
    "send_back": "退回原单位",
    "help": "协办人",
    "category": "调整类别",
    "urgency": "调整紧急程度",
    "merge": "并案",
    "unmerge": "撤销并案",
    "split": "拆分",
    "unsplit": "撤销拆分",
    "hear": "记录电话或窗口意见",
    "receipt": "打印回执",
    "appeal": "评价申诉",
    "decide_appeal": "决定申诉",
    "call_back": "回访",
    "rectify": "整改",
}
CASE_PAUSES: Final = {
    "owner_asked": "经营者要求暂缓办理",
    "other_authority": "等待其他部门或第三方意见",
    "test": "检验、检测、检疫或鉴定",
    "expert_review": "专家评审",
    "hearing": "听证",
    "force_majeure": "不可抗力",
    "waiting_for_owner": "等待经营者补充材料",
}
"""As staff choose them; owners read `cases.readings.PAUSE_WORDS`, which address them."""
CASE_KINDS: Final = {
    "consult": "咨询",
    "help": "求助",
    "suggestion": "建议",
    "complaint": "投诉",
    "service": "服务事项",
}
CASE_TASK_STATES: Final = {"open": "待完成", "done": "已完成", "cancelled": "已取消"}
CASE_CITATIONS: Final = {"policies": "政策", "knowledge": "知识库", "law": "法律法规"}
CASE_ORIGINS: Final = {
    "cases": "登记事项",
    "questions": "提问",
    "surveys": "需求调查",
    "visits": "走访",
    "contacts": "入企记录异议",
    "financing": "融资对接",
}
MODERATION_STATES: Final = {"held": "待查看", "released": "已放行", "refused": "未予通过", "withdrawn": "已撤回"}
MODERATION_ACTS: Final = {"look": "查看内容", "release": "放行", "refuse": "不予通过"}
PUBLICATION_ACTS: Final = {"release": "核对并公开", "send_back": "退回", "withdraw": "撤下"}
BAR_ACTS: Final = {"lift": "解除限制", "decide": "处理申诉"}
VISIT_ACTS: Final = {
    "confirm": "确认",
    "decline": "不能安排",
    "reschedule": "改期",
    "reassign": "改派",
    "cancel": "取消",
    "missing": "登记未到",
    "contest": "提出异议",
    "decide": "决定异议",
    **VISIT_LATER_ACTS,
}
VISIT_CLOSED_BY: Final = {"confirmed": "企业确认", "silence": "逾期未提出异议", "decision": "决定"}
VISIT_AWAITS: Final = {"staff": "待走访人员确认", "owner": "待企业确认"}
ABSENCES: Final = {"leave": "休假", "sick": "病假", "training": "培训", "trip": "出差", "other": "其他"}
STAFF_ACTS: Final = {
    "edit": "修改姓名和单位",
    "grant": "授予角色",
    "end_grant": "收回角色",
    "reset": "重置密码和动态码",
    "end_sessions": "结束登录",
    "leave": "办理离岗",
}


def words() -> Words:
    """Return {group: {code: words}}; the choices of a fact stand under `fact.<key>`."""
    choices = {f"fact.{fact.key}": dict(fact.choices) for fact in CATALOGUE.values() if fact.choices}
    return {
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
        "import_state": _plain(uploads.STATE_WORDS),
        "import_act": IMPORT_ACTS,
        "review_kind": reviewing.KIND_WORDS,
        "review_state": reviewing.STATE_WORDS,
        "review_act": REVIEW_ACTS,
        "binding_role": bound.ROLE_WORDS,
        "binding_state": _plain(bound.STATE_WORDS),
        "binding_basis": bound.BASIS_WORDS,
        "timeline_kind": timeline.KIND_WORDS,
        "fact": {fact.key: fact.title for fact in CATALOGUE.values()},
        "fact_source": {source.name.lower(): told for source, told in _sources()},
        "size": SIZES,
        "contact_side": _plain(contacts.SIDES),
        "contact_plan_state": _plain(contacts.PLAN.words),
        "contact_approval_state": _plain(contacts.APPROVAL.words),
        "contact_merge_state": _plain(contacts.MERGE.words),
        "campaign_state": _plain(campaigns.CAMPAIGN.words),
        "campaign_target_state": _plain(campaigns.TARGET.words),
        "campaign_left_out": campaigns.LEFT_OUT,
        "financing_state": _plain(financing_states.APPLICATION_WORDS),
        "financing_referral_state": _plain(financing_states.REFERRAL_WORDS),
        "financing_product_state": _plain(financing_states.VERSION_WORDS),
        "financing_purpose": financing_codes.PURPOSES,
        "financing_collateral": financing_codes.COLLATERAL,
        "financing_refusal": financing_codes.REFUSALS,
        "financing_amount_band": financing_codes.AMOUNT_BANDS,
        "financing_months_band": financing_codes.MONTHS_BANDS,
        "financing_institution": financing_codes.INSTITUTION_KINDS,
        "financing_tenor": financing_codes.TENORS,
        "financing_repayment": _plain(REPAYMENTS),
        "financing_day_count": _plain(DAY_COUNTS),
        "financing_fee": FEES,
        "financing_fee_basis": _plain(FEE_BASES),
        "financing_fee_when": _plain(FEE_WHENS),
        "financing_answer": financing_codes.ANSWERS,
        "financing_look": financing_codes.LOOK_OUTCOMES,
        "financing_risk": financing_codes.RISK_LEVELS,
        "financing_attention": financing_codes.ATTENTION,
        "visit_state": _plain(VISIT_STATES),
        "visit_place": VISIT_PLACES,
        "visit_act": VISIT_ACTS,
        "visit_awaits": VISIT_AWAITS,
        "salon_state": _plain(SALON_STATES),
        "salon_act": SALON_ACTS,
        "salon_topic": SALON_TOPICS,
        "salon_way": SALON_WAYS,
        "signup_state": _plain(SIGNUP_STATES),
        "signup_act": SIGNUP_ACTS,
        "salon_scan": _plain(SCAN_OUTCOMES),
        "salon_refusal": SCAN_REFUSALS,
        "visit_arrival": VISIT_ARRIVALS,
        "visit_finding": _plain(VISIT_FINDINGS),
        "visit_word": VISIT_WORDS,
        "visit_closed_by": VISIT_CLOSED_BY,
        "district": dict(divisions.DISTRICTS),
        "town": dict(divisions.TOWNS),
        "policy_state": _plain(POLICY_STATES),
        "policy_level": POLICY_LEVELS,
        "policy_act": POLICY_ACTS,
        "policy_action": POLICY_ACTIONS,
        "policy_category": {one: one for one in POLICY_CATEGORIES},
        "policy_region": POLICY_REGIONS,
        "policy_verification": POLICY_VERIFICATIONS,
        "case_state": _plain(CASE_STATES),
        "case_act": CASE_ACTS,
        "case_queue": {name: queue.word for name, queue in CASE_QUEUES.items()},
        "case_kind": CASE_KINDS,
        "case_channel": CASE_CHANNELS,
        "case_urgency": CASE_URGENCIES,
        "case_origin": CASE_ORIGINS,
        "case_pause": CASE_PAUSES,
        "macro_act": MACRO_ACTS,
        "case_citation": CASE_CITATIONS,
        "case_level": {str(level.value): words for level, words in CASE_LEVELS.items()},
        "case_task": CASE_TASKS,
        "case_task_state": CASE_TASK_STATES,
        "problem_state": _plain(PROBLEM_STATES),
        "moderation_state": MODERATION_STATES,
        "moderation_part_state": _plain(MODERATION_PARTS),
        "moderation_act": MODERATION_ACTS,
        "moderation_why": dict(WHY),
        "question_state": _plain(QUESTION_STATES),
        "publication_state": _plain(PUBLICATION_STATES),
        "publication_act": PUBLICATION_ACTS,
        "bar_act": BAR_ACTS,
        "survey_state": _plain(SURVEY_STATES),
        "survey_act": SURVEY_ACTS,
        "survey_question": _plain(SURVEY_QUESTIONS),
        "article_state": _plain(knowledge.WORDS),
        "article_audience": knowledge.AUDIENCE_WORDS,
        "article_act": ARTICLE_ACTS,
        "correction_state": _plain(knowledge.CORRECTION_WORDS),
        "correction_change": knowledge.CHANGE_WORDS,
        "broadcast_state": _plain(BROADCAST_STATES),
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
        "day_source": _plain(DAY_SOURCES),
        "calendar_year_state": _plain(YEAR_STATES),
        "calendar_act": CALENDAR_ACTS,
        **choices,
    }


def _plain(told: Mapping[Any, str]) -> dict[str, str]:
    return {state.value: words for state, words in told.items()}


def _sources() -> list[tuple[Source, str]]:
    return [(Source(number), told) for number, told in SOURCE_TITLES.items()]
