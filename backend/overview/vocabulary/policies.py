"""Words for policies."""

from typing import Final

from backend.enterprises import divisions
from backend.overview.vocabulary.plain import Words, plain
from backend.policies.states import WORDS as POLICY_STATES

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

WORDS: Final[Words] = {
    "policy_state": plain(POLICY_STATES),
    "policy_level": POLICY_LEVELS,
    "policy_act": POLICY_ACTS,
    "policy_action": POLICY_ACTIONS,
    "policy_category": {one: one for one in POLICY_CATEGORIES},
    "policy_region": POLICY_REGIONS,
    "policy_verification": POLICY_VERIFICATIONS,
}
