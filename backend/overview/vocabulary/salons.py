"""Words for salons, sign-ups and the door."""

from typing import Final

from backend.overview.vocabulary.plain import Words, plain
from backend.salons.allowed import SALON_ACTS, SIGNUP_ACTS
from backend.salons.content import TOPICS as SALON_TOPICS
from backend.salons.content import WAYS as SALON_WAYS
from backend.salons.door.merging import OUTCOME_WORDS as SCAN_OUTCOMES
from backend.salons.door.scanning import REFUSALS as SCAN_REFUSALS
from backend.salons.states import SIGNUP_WORDS as SIGNUP_STATES
from backend.salons.states import WORDS as SALON_STATES

WORDS: Final[Words] = {
    "salon_state": plain(SALON_STATES),
    "salon_act": SALON_ACTS,
    "salon_topic": SALON_TOPICS,
    "salon_way": SALON_WAYS,
    "signup_state": plain(SIGNUP_STATES),
    "signup_act": SIGNUP_ACTS,
    "salon_scan": plain(SCAN_OUTCOMES),
    "salon_refusal": SCAN_REFUSALS,
}
