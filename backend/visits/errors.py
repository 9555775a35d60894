"""Why something about a visit is refused."""

from collections.abc import Sequence
from datetime import datetime

from backend.foundation.clock import SHANGHAI
from backend.foundation.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed


class VisitUnknown(NotFound):
    code = "visits.unknown"
    sentence = "没有找到该走访，可能编号有误或您无权查看。"


class VisitChanged(PreconditionFailed):
    code = "visits.changed"
    sentence = "该走访刚有变化，请刷新查看后再操作。"


class ReasonUnknown(NotFound):
    code = "visits.reason_unknown"
    sentence = "没有这个走访事由，或该事由暂停预约，请重新选择。"


class ReasonChanged(PreconditionFailed):
    code = "visits.reason_changed"
    sentence = "该走访事由刚被他人修改，请刷新核对后再保存。"


class PlaceNotOffered(Invalid):
    code = "visits.place_not_offered"
    sentence = "该事由不支持这种走访方式，请重新选择。"


class NotForYou(Forbidden):
    code = "visits.not_for_you"
    sentence = "该事由由工作人员安排，不能自行预约；请联系窗口。"


class WishUnsaid(Invalid):
    code = "visits.wish_unsaid"
    sentence = "企业自己提出的走访，须是企业到窗口或来电提出，并写明其要求；走访方主动安排的计入年度次数。"


class EnterpriseClosed(Conflict):
    code = "visits.enterprise_closed"
    sentence = "该企业已注销或吊销，不能预约走访。"


class EnterpriseUnknown(NotFound):
    code = "visits.enterprise_unknown"
    sentence = "没有找到该企业，请核对后再试。"


class NobodyToAsk(Conflict):
    code = "visits.nobody_to_ask"
    sentence = "该企业还没有人能在小程序中答复（未绑定，或未获授权办理走访）；请先当面或电话约定，再按“已同意”登记。"


class SlotTaken(Conflict):
    """Somebody was quicker; the sentence names the next free slots."""

    code = "visits.slot_taken"
    sentence = "该时段刚被约走，请另选时间。"

    def __init__(self, following: Sequence[datetime] = ()) -> None:
        self.following = tuple(following)
        told = "、".join(when(at) for at in following)
        super().__init__(f"该时段已被约走，最近的空闲时段：{told}。" if told else None)


class EnterpriseBusy(Conflict):
    code = "visits.enterprise_busy"
    sentence = "该企业在这个时段已有其他走访，请另选时间。"


class NoSuchSlot(Invalid):
    code = "visits.no_such_slot"
    sentence = "该时间不在可预约的时段内，请从可选时段中重新选择。"


class TooManyHolds(Conflict):
    code = "visits.too_many_holds"
    sentence = "您已预留了2个时段，请先提交或放弃其中一个。"


class TooManyRequests(Conflict):
    code = "visits.too_many_requests"
    sentence = "该企业已有2个预约等待确认，请等待答复，或先取消其中一个。"


class HoldLapsed(Conflict):
    code = "visits.hold_lapsed"
    sentence = "预留已超过5分钟，请重新选择时间。"


class TooLate(Conflict):
    code = "visits.too_late"
    sentence = "距走访开始已不足规定的时间，不能再改期；如有特殊情况，可以取消并说明理由。"


class HasBegun(Conflict):
    code = "visits.has_begun"
    sentence = "走访时间已开始，不能再改期或取消。"


class NotAlone(Conflict):
    code = "visits.not_alone"
    sentence = "还有其他企业参加这个场次，不能由一家改期；您可以退出后另选场次或时间。"


class NotYetBegun(Conflict):
    code = "visits.not_yet_begun"
    sentence = "走访时间未到，不能登记未到。"


class NotYourWord(Conflict):
    code = "visits.not_your_word"
    sentence = "该预约正等待对方答复，请稍候。"


class NotYourVisit(Forbidden):
    code = "visits.not_your_visit"
    sentence = "该走访由其他同事承担，请联系本人或主管。"


class ContestedBefore(Conflict):
    code = "visits.contested_before"
    sentence = "该记录已提出过异议。"


class NothingContested(Conflict):
    code = "visits.nothing_contested"
    sentence = "该走访没有待决定的异议。"


class NeedsOther(Conflict):
    code = "visits.needs_other"
    sentence = "异议须由走访人员以外的人决定。"


class VisitFull(Conflict):
    code = "visits.full"
    sentence = "该场次名额已满，请另选时间。"


class PlanWrong(Invalid):
    code = "visits.plan_wrong"
    sentence = "走访时间安排有误，请按提示修改。"


class PlanChanged(PreconditionFailed):
    code = "visits.plan_changed"
    sentence = "该走访时间安排刚被他人修改，请刷新核对后再保存。"


class StaffUnknown(NotFound):
    code = "visits.staff_unknown"
    sentence = "没有找到该走访人员，或其不承担走访。"


class UnitUnknown(NotFound):
    code = "visits.unit_unknown"
    sentence = "没有找到该单位，或该单位不在您安排走访的范围内。"


class OfficeChanged(PreconditionFailed):
    code = "visits.office_changed"
    sentence = "该单位的走访设置刚被他人修改，请刷新核对后再保存。"


class NobodyFree(Conflict):
    code = "visits.nobody_free"
    sentence = "该时段没有其他可以承担的走访人员。"


class MergeNotFree(Conflict):
    code = "visits.merge_not_free"
    sentence = "两次走访现在不能合并：走访已开始或取消，或另一单位的走访人员在合并后的时间没有空。请先改期或改派。"


def when(at: datetime) -> str:
    """Return a moment as people say it: 11月25日 09:30."""
    local = at.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日 {local:%H:%M}"
