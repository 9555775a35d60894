"""What an owner is told when his case stands where he can't do what he tried: what he can do instead."""

from typing import Final

from backend.cases.states import LIFECYCLE, CaseState
from backend.foundation.states import WrongState

_INSTEAD: Final = {
    CaseState.WAITING_FOR_OWNER: "该事项正等待您补充材料，请先补充所缺材料。",
    CaseState.ANSWERED: "该事项已答复，请确认是否解决；如未解决，可以退回重办。",
    CaseState.REOPENED: "该事项已退回，请等待再次答复；有新的情况可以留言。",
    CaseState.MERGED: "该事项已并入另一事项，请等待一并答复；有新的情况可以留言。",
    CaseState.DECLINED: "该事项不予办理，理由和依据见答复；如不认可，可以申请复核。",
    CaseState.CLOSED_CONFIRMED: "该事项已确认办结，不需要再办理；如有新的问题，请重新提交。",
    CaseState.CLOSED_BY_SILENCE: "该事项已办结；如未解决，可以退回重办，或重新提交。",
    CaseState.CLOSED_BY_DECISION: "该事项已结束，不再办理；如仍需办理，请重新提交。",
}


class NotNow(WrongState):
    """What an owner can do with his case instead of what he tried: our states are no words of his."""

    def __init__(self, wrong: WrongState, state: CaseState) -> None:
        super().__init__(LIFECYCLE, state, CaseState(wrong.wanted))
        self.detail = _INSTEAD.get(state, "该事项正在办理，现在不需要您补充或确认；有新的情况可以留言。")
        self.args = (self.detail,)
