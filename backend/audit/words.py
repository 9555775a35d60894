"""The trail in the words of the console: what was done, to what, by whom."""

from importlib.resources import files
from typing import Final

import orjson

ACTIONS: Final[dict[str, str]] = orjson.loads(files("backend.audit").joinpath("actions.json").read_bytes())
FIELDS: Final[dict[str, str]] = orjson.loads(files("backend.audit").joinpath("fields.json").read_bytes())
"""Columns that entries name as changed, and what they tell besides; an enterprise's facts have words of their own."""
ACTORS: Final = {"owner": "经营者", "staff": "工作人员", "partner": "合作机构", "system": "系统"}
SUBJECTS: Final = {
    "admitted_uscc": "准入的信用代码",
    "alerts": "运行告警",
    "audit_entries": "审计记录",
    "binding_invitations": "绑定邀请",
    "binding_reviews": "绑定审核",
    "bindings": "企业绑定",
    "broadcasts": "群发",
    "case_categories": "事项类别",
    "case_macros": "办理模板",
    "cases": "事项",
    "consents": "同意记录",
    "contact_ceilings": "入企次数上限",
    "contacts": "入企记录",
    "deliveries": "消息送达",
    "enterprises": "企业",
    "moderation_subjects": "待核内容",
    "office_hours": "办公时间",
    "financing_applications": "融资需求",
    "financing_assessments": "影响评估",
    "financing_clients": "接口密钥",
    "financing_consents": "银行授权",
    "financing_desk_people": "对接岗人员",
    "financing_desks": "对接岗",
    "financing_institutions": "金融机构",
    "financing_lprs": "贷款市场报价利率",
    "financing_product_versions": "金融产品",
    "financing_referrals": "银行对接",
    "financing_signals": "融资意向",
    "financing_terms": "对接参数",
    "knowledge_corrections": "知识订正",
    "knowledge_versions": "知识条目",
    "owner_sessions": "经营者登录",
    "persons": "经营者",
    "policies": "政策",
    "policy_feedback": "政策反馈",
    "policy_versions": "政策版本",
    "problem_lists": "问题清单",
    "problems": "清单问题",
    "profiling_refusals": "画像推送开关",
    "question_bars": "限制提问",
    "question_publications": "公开答复",
    "questions": "提问",
    "registry_imports": "登记数据导入",
    "salon_questions": "沙龙提问",
    "salon_scans": "沙龙扫码",
    "salon_series": "沙龙系列",
    "salon_signups": "沙龙报名",
    "salons": "沙龙",
    "staff": "工作人员",
    "staff_absences": "不在岗",
    "staff_grants": "角色授权",
    "staff_phones": "工作人员微信",
    "staff_skills": "专长",
    "staff_sessions": "工作人员登录",
    "survey_answers": "需求调查答卷",
    "surveys": "需求调查",
    "units": "单位",
    "visit_campaigns": "批量走访",
    "visit_exceptions": "单日走访时间",
    "visit_feeds": "日历地址",
    "visit_offers": "提前时段",
    "visit_peaks": "企业繁忙时间",
    "visit_plans": "走访时间安排",
    "visit_reasons": "走访事由",
    "visit_waits": "走访候补",
    "visit_ways": "路程时间",
    "visits": "走访",
    "workday_overrides": "工作日调整",
    "worktime_years": "年度工作日历",
}


def action_word(action: str) -> str:
    """Return an act in words; one of an older release by its own name."""
    return ACTIONS.get(action, action)
