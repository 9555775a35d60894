"""Permissions and roles as data: what each role may do, and which roles one person can't hold together."""

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """The roles a staff member can be granted (product design, "People")."""

    FRONT_DESK = "front_desk"
    VISITOR = "visitor"
    SPECIALIST = "specialist"
    PUBLISHER = "publisher"
    REVIEWER = "reviewer"
    MANAGER = "manager"
    AUDITOR = "auditor"
    SYSTEM_ADMINISTRATOR = "system_administrator"
    SECURITY_ADMINISTRATOR = "security_administrator"
    PARTNER = "partner"


# Every permission that exists, with what it allows in the words of the console.
PERMISSIONS: Final[dict[str, str]] = {
    "enterprises.read": "查看企业档案",
    "enterprises.import": "导入登记数据",
    "enterprises.reveal": "查看完整联系方式（需填写理由）",
    "bindings.review": "审核企业绑定",
    "policies.read": "查看政策库（含草稿）",
    "policies.write": "起草和修改政策",
    "policies.review": "审核并发布政策",
    "policies.unschedule": "取消政策的定时发布",
    "policies.withdraw": "撤回政策",
    "messages.read": "查看消息送达情况",
    "broadcasts.write": "准备群发：冻结名单、试发",
    "broadcasts.release": "放行、恢复和补发群发",
    "broadcasts.stop": "暂停和取消群发",
    "cases.read": "查看事项",
    "cases.open": "代经营者登记事项",
    "cases.handle": "接办和答复事项",
    "cases.assign": "分派、转办、并案和拆分事项",
    "cases.decide": "上级决定、督办和申诉处理",
    "cases.strike": "问题清单销号",
    "cases.configure": "设置事项类别和时限",
    "knowledge.read": "查看知识库（含内部）",
    "knowledge.write": "起草和修改知识库",
    "knowledge.review": "审核并发布知识库",
    "questions.publish": "公开答复",
    "questions.bar": "限制滥用提问",
    "surveys.read": "查看需求调查和结果",
    "surveys.write": "起草需求调查",
    "surveys.release": "审核并发布需求调查",
    "moderation.review": "处理待核内容",
    "visits.read": "查看走访",
    "visits.plan": "设置走访事由和时间安排",
    "visits.visit": "承担走访",
    "visits.answer": "答复、改期和取消走访",
    "visits.assign": "代约、改派走访，决定未到异议",
    "visits.campaign": "组织批量走访",
    "visits.sign": "签字同意超出年度上限的入企",
    "inspections.enter": "计划和登记入企检查",
    "contacts.keep": "更正入企记录，申请超出年度上限的签字",
    "salons.read": "查看沙龙和报名",
    "salons.edit": "起草、发布和取消沙龙",
    "salons.run": "处理沙龙报名和签到",
    "salons.export": "导出沙龙报名",
    "financing.read": "查看融资对接",
    "financing.mediate": "融资督办和二次对接",
    "financing.manage": "管理金融机构、对接岗和参数",
    "products.edit": "起草和发布金融产品",
    "referrals.handle": "办理本机构的融资对接",
    "worktime.manage": "设置工作日和办公时间",
    "audit.read": "查看审计记录",
    "staff.read": "查看工作人员",
    "staff.absences": "登记他人的不在岗和专长",
    "staff.manage": "管理账号和授权",
    "system.watch": "查看系统运行状况和运行告警",
    "system.operate": "处理运行告警",
}

ROLES: Final[dict[Role, frozenset[str]]] = {
    Role.FRONT_DESK: frozenset(
        {
            "enterprises.read",
            "bindings.review",
            "policies.read",
            "cases.read",
            "cases.open",
            "cases.handle",
            "knowledge.read",
            "surveys.read",
            "moderation.review",
            "visits.read",
            "visits.answer",
            "visits.assign",
            "contacts.keep",
            "salons.read",
            "salons.run",
            "financing.read",
        }
    ),
    Role.VISITOR: frozenset(
        {
            "enterprises.read",
            "policies.read",
            "cases.read",
            "cases.open",
            "cases.handle",
            "knowledge.read",
            "surveys.read",
            "visits.read",
            "visits.answer",
            "visits.visit",
            "salons.read",
        }
    ),
    Role.SPECIALIST: frozenset(
        {
            "enterprises.read",
            "policies.read",
            "cases.read",
            "cases.open",
            "cases.handle",
            "knowledge.read",
            "knowledge.write",
            "surveys.read",
            "visits.read",
            "visits.answer",
            "visits.visit",
            "inspections.enter",
            "contacts.keep",
            "salons.read",
            "salons.run",
            "financing.read",
            "financing.mediate",
        }
    ),
    Role.PUBLISHER: frozenset(
        {
            "enterprises.read",
            "policies.read",
            "policies.write",
            "policies.unschedule",
            "messages.read",
            "broadcasts.write",
            "broadcasts.stop",
            "cases.read",
            "knowledge.read",
            "knowledge.write",
            "questions.publish",
            "surveys.read",
            "surveys.write",
            "salons.read",
            "salons.edit",
            "salons.run",
            "salons.export",
            "financing.read",
            "products.edit",
        }
    ),
    Role.REVIEWER: frozenset(
        {
            "enterprises.read",
            "policies.read",
            "policies.review",
            "policies.unschedule",
            "policies.withdraw",
            "messages.read",
            "broadcasts.release",
            "broadcasts.stop",
            "cases.read",
            "knowledge.read",
            "knowledge.review",
            "questions.publish",
            "surveys.read",
            "surveys.release",
            "salons.read",
            "financing.read",
            "products.edit",
        }
    ),
    Role.MANAGER: frozenset(
        {
            "enterprises.read",
            "enterprises.import",
            "enterprises.reveal",
            "bindings.review",
            "policies.read",
            "messages.read",
            "broadcasts.release",
            "broadcasts.stop",
            "staff.read",
            "staff.absences",
            "cases.read",
            "cases.open",
            "cases.handle",
            "cases.assign",
            "cases.decide",
            "cases.strike",
            "cases.configure",
            "knowledge.read",
            "questions.publish",
            "questions.bar",
            "surveys.read",
            "surveys.release",
            "moderation.review",
            "worktime.manage",
            "visits.read",
            "visits.plan",
            "visits.answer",
            "visits.assign",
            "visits.campaign",
            "visits.sign",
            "inspections.enter",
            "contacts.keep",
            "salons.read",
            "salons.edit",
            "salons.run",
            "salons.export",
            "financing.read",
            "financing.mediate",
            "financing.manage",
        }
    ),
    Role.AUDITOR: frozenset(
        {
            "enterprises.read",
            "policies.read",
            "messages.read",
            "audit.read",
            "staff.read",
            "cases.read",
            "knowledge.read",
            "surveys.read",
            "visits.read",
            "salons.read",
            "financing.read",
        }
    ),
    # Whoever works for a bank: its desk's referrals and nothing of the bureau's.
    Role.PARTNER: frozenset({"referrals.handle"}),
    Role.SYSTEM_ADMINISTRATOR: frozenset({"system.watch", "system.operate"}),
    Role.SECURITY_ADMINISTRATOR: frozenset({"staff.read", "staff.manage", "system.watch"}),
}

# 网络安全等级保护: system administrator, security administrator and auditor are three different people. Both
# administrators watch how the service runs (counts, ages and states, nobody's business), one of them alone acts on it;
# the auditor hears of a trail that does not hold by his own notice (`notifications/alarms.py`).
EXCLUSIVE: Final[frozenset[Role]] = frozenset({Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDITOR})
