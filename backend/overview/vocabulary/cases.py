"""Words for cases and lists of problems."""

from typing import Final

from backend.cases.desk.exporting import CHANNELS as CASE_CHANNELS
from backend.cases.desk.exporting import TASKS as CASE_TASKS
from backend.cases.desk.exporting import URGENCIES as CASE_URGENCIES
from backend.cases.desk.queues import QUEUES as CASE_QUEUES
from backend.cases.ending.rating import LEVEL_WORDS as CASE_LEVELS
from backend.cases.lists.states import WORDS as PROBLEM_STATES
from backend.cases.macros.acts import WORDS as MACRO_ACTS
from backend.cases.states import WORDS as CASE_STATES
from backend.overview.vocabulary.plain import Words, plain

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

WORDS: Final[Words] = {
    "case_state": plain(CASE_STATES),
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
    "problem_state": plain(PROBLEM_STATES),
}
