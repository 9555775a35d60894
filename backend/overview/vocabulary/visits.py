"""Words for visits, rounds of visits and every other contact with an enterprise."""

from typing import Final

from backend.enterprises.contacts import states as contacts
from backend.overview.vocabulary.plain import Words, plain
from backend.visits.afterwards.allowed import WORDS as VISIT_LATER_ACTS
from backend.visits.afterwards.arriving import HOW_WORDS as VISIT_ARRIVALS
from backend.visits.afterwards.hearing import STATE_WORDS as VISIT_WORDS
from backend.visits.afterwards.minutes import KIND_WORDS as VISIT_FINDINGS
from backend.visits.campaigns import states as campaigns
from backend.visits.reasons import PLACES as VISIT_PLACES
from backend.visits.states import WORDS as VISIT_STATES
from backend.visits.waiting.states import WAIT_WORDS as VISIT_WAITS

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

WORDS: Final[Words] = {
    "contact_side": plain(contacts.SIDES),
    "contact_plan_state": plain(contacts.PLAN.words),
    "contact_approval_state": plain(contacts.APPROVAL.words),
    "contact_merge_state": plain(contacts.MERGE.words),
    "campaign_state": plain(campaigns.CAMPAIGN.words),
    "campaign_target_state": plain(campaigns.TARGET.words),
    "campaign_left_out": campaigns.LEFT_OUT,
    "visit_state": plain(VISIT_STATES),
    "visit_place": VISIT_PLACES,
    "visit_act": VISIT_ACTS,
    "visit_awaits": VISIT_AWAITS,
    "visit_arrival": VISIT_ARRIVALS,
    "visit_finding": plain(VISIT_FINDINGS),
    "visit_word": VISIT_WORDS,
    "visit_wait_state": plain(VISIT_WAITS),
    "visit_closed_by": VISIT_CLOSED_BY,
}
