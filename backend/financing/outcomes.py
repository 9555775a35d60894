"""How a referral ended where its state alone would tell it wrongly, in the words of what happened.

`unknown` and `given_up` say too little: a bank that offered a loan which nobody drew did respond, and an owner who took
another's loan, or denied what a bank had noted, gave nothing up; nor is it sure that he did where only his bank says
so. Why it ended stands in `end_reason`. Owner and bureau read it as it is; a bank is never told that its owner took
another's loan, only that his need is over.
"""

from dataclasses import dataclass
from typing import Final

from backend.financing.states import NOTED_AGAIN, REFERRAL_SENTENCES, REFERRAL_WORDS, ReferralState

NOT_ACCEPTED: Final = "未在期限内受理"
NOT_DECIDED: Final = "未在期限内作出决定"
NOT_DRAWN: Final = "授信后未在期限内登记放款"
RUN_OUT: Final = "授权已到期"
PAUSED: Final = "该机构已停止对接"
ELSEWHERE: Final = "已由其他机构放款"
CEASED: Final = "企业已注销或吊销，融资对接随之终止"
SIGNER_GONE: Final = "签署人已不再代表企业，须由企业重新授权"
SIGNER_ERASED: Final = "签署人已注销账号"
CONTESTED: Final = "企业否认已放款"
NOT_CONFIRMED: Final = "再次登记的放款企业没有确认（此前曾否认）"
NOBODY: Final = "登记了放款，但企业方当时没有可以确认或否认的人员"
"""A referral's `end_reason` where neither its owner nor its bank ended it by a word of its own."""
NOTED: Final = "银行登记企业放弃："
"""Begins the `end_reason` where its bank says that the owner gave it up, behind it the bank's words."""
NEED_OVER: Final = "本次融资需求已结束"
"""What a bank is told instead of how an owner's need ended."""
GIVEN_UP: Final = ReferralState.GIVEN_UP.value


@dataclass(frozen=True, slots=True)
class Outcome:
    """Its code, what it is called, in five signs too (a message has room for no more), and what owner and bank read.

    `own_code`: under which a bank counts it among its own, `bank_word` what it is called there.
    """

    code: str
    word: str
    short: str
    sentence: str
    own_code: str
    bank_word: str
    bank_sentence: str = ""
    """Empty where the consent has ended, too: then its end is what the bank reads."""


_NOT_DRAWN: Final = Outcome(
    "not_drawn",
    "授信后未登记放款",
    "未登记放款",
    "银行曾同意授信，但没有在期限内登记放款，已办结；您选定的下一家银行（如有）随即接办。",
    "not_drawn",
    "授信后未登记放款",
    "已授信，未在期限内登记放款，已办结；授权仍有效、企业仍在办理时可以补办受理。",
)
_RUN_OUT: Final = Outcome(
    "run_out",
    "授权已到期",
    "授权已到期",
    "您的授权已到期，银行不能再查看；您选定的下一家银行（如有）随即接办。",
    "run_out",
    "授权已到期",
    "企业的授权已到期，资料不能再查看。",
)
_PAUSED: Final = Outcome(
    "paused",
    "机构停止对接",
    "停止对接",
    "该机构已停止对接，银行不能再查看；您选定的下一家银行（如有）随即接办。",
    "paused",
    "机构停止对接",
    "本机构已停止对接，该对接已转出；恢复后，授权仍有效、企业仍在办理时可以补办受理。",
)
_ELSEWHERE: Final = Outcome(
    "elsewhere",
    "已选择其他机构放款",
    "已选其他",
    "您已选择其他机构放款，本次融资需求已办结，银行不能再查看。",
    GIVEN_UP,
    "需求已结束",
)
_CEASED: Final = Outcome(
    "ceased",
    "企业已注销或吊销",
    "企业终止",
    "企业已注销或吊销，融资对接随之终止，银行不能再查看。",
    GIVEN_UP,
    "企业已注销或吊销",
)
_SIGNER_GONE: Final = Outcome(
    "signer_gone",
    "签署人已无权代表",
    "授权终止",
    "签署授权的人已不再代表企业，授权随之终止，银行不能再查看；需要时可由有权的人重新授权。",
    GIVEN_UP,
    "授权已终止",
)
_UNCONFIRMED: Final = Outcome(
    "unconfirmed",
    "登记的放款未获确认",
    "未获确认",
    "银行登记的放款没有得到确认，不计为已放款；授权或需求已经结束，银行不能再查看。",
    "unconfirmed",
    "登记的放款未获确认",
)
_NOTED: Final = Outcome(
    "noted_given_up",
    "银行登记企业放弃",
    "企业放弃",
    "银行登记您已放弃，说明见下，银行不能再查看；不是您的意思的，可以撤回授权后重新授权该机构，并告知主管部门。",
    GIVEN_UP,
    "企业放弃",
)
OUTCOMES: Final = {
    NOTED: _NOTED,
    NOT_DRAWN: _NOT_DRAWN,
    RUN_OUT: _RUN_OUT,
    PAUSED: _PAUSED,
    ELSEWHERE: _ELSEWHERE,
    CEASED: _CEASED,
    SIGNER_GONE: _SIGNER_GONE,
    SIGNER_ERASED: _SIGNER_GONE,
    CONTESTED: _UNCONFIRMED,
    NOT_CONFIRMED: _UNCONFIRMED,
    NOBODY: _UNCONFIRMED,
}
_SAY_TOO_LITTLE: Final = (ReferralState.UNKNOWN, ReferralState.GIVEN_UP)


def of(state: ReferralState, reason: str) -> Outcome | None:
    """Return what happened where a state alone would tell it wrongly."""
    if state not in _SAY_TOO_LITTLE:
        return None
    return _NOTED if reason.startswith(NOTED) else OUTCOMES.get(reason)


def said(words: str) -> str:
    """Return an owner's words as an `end_reason` that nobody takes for an end by clock, bank or register."""
    return f"企业说明：{words}" if words in OUTCOMES or words.startswith(NOTED) else words


def word(state: ReferralState, reason: str) -> str:
    found = of(state, reason)
    return found.word if found else REFERRAL_WORDS[state]


def short(state: ReferralState, reason: str) -> str:
    found = of(state, reason)
    return found.short if found else REFERRAL_WORDS[state]


def bank_word(state: ReferralState, reason: str, *, is_need_over: bool) -> str:
    """Return how its bank calls it; `is_need_over`: its consent ended with the need, however that ended."""
    if is_need_over and state is ReferralState.GIVEN_UP:
        return _ELSEWHERE.bank_word
    found = of(state, reason)
    return found.bank_word if found else REFERRAL_WORDS[state]


def sentence(state: ReferralState, reason: str, *, is_contested: bool = False) -> str:
    """Return what an owner reads, with places for dates."""
    if is_contested and state is ReferralState.DRAWING:
        return NOTED_AGAIN
    found = of(state, reason)
    return found.sentence if found else REFERRAL_SENTENCES[state]
