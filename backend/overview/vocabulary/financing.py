"""Words for needs of money, banks and what they offer."""

from typing import Final

from backend.financing import codes as financing_codes
from backend.financing import states as financing_states
from backend.financing.costs.terms import DAY_COUNTS, FEE_BASES, FEE_WHENS, FEES, REPAYMENTS
from backend.overview.vocabulary.plain import Words, plain

WORDS: Final[Words] = {
    "financing_state": plain(financing_states.APPLICATION_WORDS),
    "financing_referral_state": plain(financing_states.REFERRAL_WORDS),
    "financing_product_state": plain(financing_states.VERSION_WORDS),
    "financing_purpose": financing_codes.PURPOSES,
    "financing_collateral": financing_codes.COLLATERAL,
    "financing_refusal": financing_codes.REFUSALS,
    "financing_amount_band": financing_codes.AMOUNT_BANDS,
    "financing_months_band": financing_codes.MONTHS_BANDS,
    "financing_institution": financing_codes.INSTITUTION_KINDS,
    "financing_tenor": financing_codes.TENORS,
    "financing_repayment": plain(REPAYMENTS),
    "financing_day_count": plain(DAY_COUNTS),
    "financing_fee": FEES,
    "financing_fee_basis": plain(FEE_BASES),
    "financing_fee_when": plain(FEE_WHENS),
    "financing_answer": financing_codes.ANSWERS,
    "financing_look": financing_codes.LOOK_OUTCOMES,
    "financing_risk": financing_codes.RISK_LEVELS,
    "financing_attention": financing_codes.ATTENTION,
}
