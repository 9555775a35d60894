"""Words for questions, what checks and publishes them, surveys and the knowledge base."""

from typing import Final

from backend.moderation.queries import WHY
from backend.moderation.states import PART_WORDS as MODERATION_PARTS
from backend.overview.vocabulary.plain import Words, plain
from backend.questions.knowledge import states as knowledge
from backend.questions.states import PUBLICATION_WORDS as PUBLICATION_STATES
from backend.questions.states import WORDS as QUESTION_STATES
from backend.questions.surveys.allowed import ACTS as SURVEY_ACTS
from backend.questions.surveys.content import KIND_WORDS as SURVEY_QUESTIONS
from backend.questions.surveys.states import WORDS as SURVEY_STATES

ARTICLE_ACTS: Final = {
    "edit": "修改",
    "begin_edition": "起草新版",
    "submit": "提交审核",
    "publish": "审核并发布",
    "send_back": "退回修改",
    "withdraw": "撤下",
}
MODERATION_STATES: Final = {"held": "待查看", "released": "已放行", "refused": "未予通过", "withdrawn": "已撤回"}
MODERATION_ACTS: Final = {"look": "查看内容", "release": "放行", "refuse": "不予通过"}
PUBLICATION_ACTS: Final = {"release": "核对并公开", "send_back": "退回", "withdraw": "撤下"}
BAR_ACTS: Final = {"lift": "解除限制", "decide": "处理申诉"}

WORDS: Final[Words] = {
    "moderation_state": MODERATION_STATES,
    "moderation_part_state": plain(MODERATION_PARTS),
    "moderation_act": MODERATION_ACTS,
    "moderation_why": dict(WHY),
    "question_state": plain(QUESTION_STATES),
    "publication_state": plain(PUBLICATION_STATES),
    "publication_act": PUBLICATION_ACTS,
    "bar_act": BAR_ACTS,
    "survey_state": plain(SURVEY_STATES),
    "survey_act": SURVEY_ACTS,
    "survey_question": plain(SURVEY_QUESTIONS),
    "article_state": plain(knowledge.WORDS),
    "article_audience": knowledge.AUDIENCE_WORDS,
    "article_act": ARTICLE_ACTS,
    "correction_state": plain(knowledge.CORRECTION_WORDS),
    "correction_change": knowledge.CHANGE_WORDS,
}
