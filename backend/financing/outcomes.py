"""What became of a referral that its bank did not end itself, in the words of what happened.

All of them are `unknown`; yet a bank that offered a loan which nobody drew did respond, and nobody calls it silent.
"""

from dataclasses import dataclass
from typing import Final

from backend.financing.states import NOTED_AGAIN, REFERRAL_SENTENCES, REFERRAL_WORDS, ReferralState

NOT_ACCEPTED: Final = "未在期限内受理"
NOT_DECIDED: Final = "未在期限内作出决定"
NOT_DRAWN: Final = "授信后未在期限内登记放款"
RUN_OUT: Final = "授权已到期"
PAUSED: Final = "该机构已停止对接"
"""A referral's `end_reason` where the clock or the bureau ended it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Its code, what it is called, in five signs too (a message has room for no more), and what owner and bank read."""

    code: str
    word: str
    short: str
    sentence: str
    bank_sentence: str


OUTCOMES: Final = {
    NOT_DRAWN: Outcome(
        "not_drawn",
        "授信后未登记放款",
        "未登记放款",
        "银行曾同意授信，但没有在期限内登记放款，已办结；您选定的下一家银行（如有）随即接办。",
        "已授信，未在期限内登记放款，已办结；授权仍有效、企业仍在办理时可以补办受理。",
    ),
    RUN_OUT: Outcome(
        "run_out",
        "授权已到期",
        "授权已到期",
        "您的授权已到期，银行不能再查看；您选定的下一家银行（如有）随即接办。",
        "企业的授权已到期，资料不能再查看。",
    ),
    PAUSED: Outcome(
        "paused",
        "机构停止对接",
        "停止对接",
        "该机构已停止对接，银行不能再查看；您选定的下一家银行（如有）随即接办。",
        "本机构已停止对接，该对接已转出；恢复后，授权仍有效、企业仍在办理时可以补办受理。",
    ),
}


def of(state: ReferralState, reason: str) -> Outcome | None:
    """Return what happened where a state alone would tell it wrongly."""
    return OUTCOMES.get(reason) if state is ReferralState.UNKNOWN else None


def word(state: ReferralState, reason: str) -> str:
    found = of(state, reason)
    return found.word if found else REFERRAL_WORDS[state]


def short(state: ReferralState, reason: str) -> str:
    found = of(state, reason)
    return found.short if found else REFERRAL_WORDS[state]


def sentence(state: ReferralState, reason: str, *, is_contested: bool = False) -> str:
    """Return what an owner reads, with places for dates."""
    if is_contested and state is ReferralState.DRAWING:
        return NOTED_AGAIN
    found = of(state, reason)
    return found.sentence if found else REFERRAL_SENTENCES[state]
