"""The two lifecycles: of an owner's application, and of one referral to one bank."""

from enum import StrEnum
from typing import Final

from backend.foundation.states import Lifecycle


class ApplicationState(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    CHOSEN = "chosen"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class ReferralState(StrEnum):
    CONSENTED = "consented"
    ROUTED = "routed"
    ACCEPTED = "accepted"
    CONTACTED = "contacted"
    DUE_DILIGENCE = "due_diligence"
    APPROVED = "approved"
    REJECTED = "rejected"
    DRAWING = "drawing"
    DRAWN = "drawn"
    RENEWED = "renewed"
    GIVEN_UP = "given_up"
    UNKNOWN = "unknown"


class VersionState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


_A: Final = ApplicationState
_R: Final = ReferralState
_V: Final = VersionState

APPLICATION_WORDS: Final = {
    _A.DRAFT: "草稿",
    _A.OPEN: "已提交",
    _A.CHOSEN: "已选定银行",
    _A.CLOSED: "办结",
    _A.WITHDRAWN: "企业撤回",
    _A.EXPIRED: "超期",
}
APPLICATION_SENTENCES: Final = {
    _A.DRAFT: "尚未提交，银行看不到。",
    _A.OPEN: "已匹配产品。银行只看得到不能识别您的概要；由您决定授权给谁。",
    _A.CHOSEN: "已授权给您选定的银行，只有它们能看到您同意的内容。",
    _A.CLOSED: "已办结。",
    _A.WITHDRAWN: "您已撤回，银行不能再查看。",
    _A.EXPIRED: "已过有效期，银行不能再查看；需要时请重新提出。",
}
APPLICATION: Final = Lifecycle(
    "financing_application",
    {
        _A.DRAFT: frozenset({_A.OPEN, _A.WITHDRAWN}),
        # Closed without a bank: its enterprise is no more.
        _A.OPEN: frozenset({_A.CHOSEN, _A.CLOSED, _A.WITHDRAWN, _A.EXPIRED}),
        # When all whom the owner named are out of it, he may name others.
        _A.CHOSEN: frozenset({_A.OPEN, _A.CLOSED, _A.WITHDRAWN, _A.EXPIRED}),
    },
    APPLICATION_WORDS,
)

REFERRAL_WORDS: Final = {
    _R.CONSENTED: "已授权，待推送",
    _R.ROUTED: "已推送银行",
    _R.ACCEPTED: "银行受理",
    _R.CONTACTED: "已对接",
    _R.DUE_DILIGENCE: "尽职调查",
    _R.APPROVED: "已授信",
    _R.REJECTED: "未通过",
    _R.DRAWING: "待确认放款",
    _R.DRAWN: "已放款",
    _R.RENEWED: "已续贷",
    _R.GIVEN_UP: "企业放弃",
    _R.UNKNOWN: "银行未响应",
}
REFERRAL_SENTENCES: Final = {
    _R.CONSENTED: "已授权，等前面的银行有结果后推送。",
    _R.ROUTED: "已推送，银行应在{accept_by}前受理。",
    _R.ACCEPTED: "银行已受理，应在{decide_by}前作出决定。",
    _R.CONTACTED: "银行已与您联系，应在{decide_by}前作出决定。",
    _R.DUE_DILIGENCE: "银行正在尽职调查，应在{decide_by}前作出决定。",
    _R.APPROVED: "银行同意授信，条件见报价；是否接受由您决定，{draw_by}前没有登记放款的，按授信后未放款办结。",
    _R.REJECTED: "银行未通过，原因和改变结果的办法见下。",
    _R.DRAWING: ("银行登记已放款，请确认或否认；{confirm_by}前没有否认的计为已放款；其他银行的授权到那时才失效。"),
    _R.DRAWN: "已放款。",
    _R.RENEWED: "已续贷。",
    _R.GIVEN_UP: "您已放弃或撤回授权，银行不能再查看。",
    _R.UNKNOWN: "银行未在期限内响应或登记结果；您选定的下一家银行（如有）随即接办，主管部门已知晓。",
}
AGREE_FIRST: Final = (
    "银行同意授信，但新的报价比原报价差，差别见报价；是否接受由您决定，您确认差别后才能放款，"
    "{draw_by}前没有登记放款的，按授信后未放款办结。"
)
"""Of an offer of less than was offered before."""
NOTED_AGAIN: Final = (
    "您否认后，银行再次登记已放款，请确认或否认；{confirm_by}前没有确认的不计为已放款；确认后其他银行的授权失效。"
)
"""Of a drawing behind a contest: silence counts for nothing."""
_ENDS: Final = frozenset({_R.GIVEN_UP, _R.UNKNOWN})
REFERRAL: Final = Lifecycle(
    "financing_referral",
    {
        _R.CONSENTED: frozenset({_R.ROUTED, _R.GIVEN_UP}),
        _R.ROUTED: frozenset({_R.ACCEPTED, _R.REJECTED}) | _ENDS,
        _R.ACCEPTED: frozenset({_R.CONTACTED, _R.DUE_DILIGENCE, _R.APPROVED, _R.REJECTED}) | _ENDS,
        _R.CONTACTED: frozenset({_R.DUE_DILIGENCE, _R.APPROVED, _R.REJECTED}) | _ENDS,
        _R.DUE_DILIGENCE: frozenset({_R.APPROVED, _R.REJECTED}) | _ENDS,
        # A second look may overturn a refusal.
        _R.REJECTED: frozenset({_R.APPROVED}),
        _R.APPROVED: frozenset({_R.DRAWING, _R.GIVEN_UP, _R.UNKNOWN}),
        # A bank's word alone draws nothing: the owner says so too, or lets his time pass. What he contests is offered
        # still; where its consent or its need has ended meanwhile, or another's drawing counts, it is over.
        _R.DRAWING: frozenset({_R.DRAWN, _R.APPROVED, _R.GIVEN_UP}),
        _R.DRAWN: frozenset({_R.RENEWED}),
        # A bank that answers late after all is heard, as long as its consent holds.
        _R.UNKNOWN: frozenset({_R.ACCEPTED}),
    },
    REFERRAL_WORDS,
)
SEEING: Final = (_R.ROUTED, _R.ACCEPTED, _R.CONTACTED, _R.DUE_DILIGENCE, _R.APPROVED, _R.DRAWING)
"""The bank may look: not yet over, and its turn has come."""
RUNNING: Final = (_R.ACCEPTED, _R.CONTACTED, _R.DUE_DILIGENCE)
"""The clock of the decision runs."""
OVER: Final = (_R.REJECTED, _R.DRAWN, _R.RENEWED, _R.GIVEN_UP, _R.UNKNOWN)

VERSION_WORDS: Final = {_V.DRAFT: "草稿", _V.PUBLISHED: "已发布", _V.SUPERSEDED: "已被新版取代", _V.WITHDRAWN: "已下架"}
VERSION: Final = Lifecycle(
    "financing_product",
    {_V.DRAFT: frozenset({_V.PUBLISHED}), _V.PUBLISHED: frozenset({_V.SUPERSEDED, _V.WITHDRAWN})},
    VERSION_WORDS,
)
