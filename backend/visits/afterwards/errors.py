"""Why something is refused once a visit was confirmed: at the door, in its minutes, in the word on them."""

from datetime import datetime

from backend.foundation.errors import Conflict, Forbidden, Invalid, PreconditionFailed
from backend.visits.errors import when


class PassForged(Invalid):
    code = "visits.pass_forged"
    sentence = "这不是有效的到访码，请经营者在小程序中重新打开后再扫。"


class PassOfAnother(Invalid):
    code = "visits.pass_of_another"
    sentence = "这是另一次走访的到访码，请核对走访后再扫。"


class PassExpired(Conflict):
    code = "visits.pass_expired"
    sentence = "到访码已过期，请经营者在小程序中刷新后再扫。"


class PassUsed(Conflict):
    code = "visits.pass_used"
    sentence = "这个到访码已用过，到访已登记。"


class ArrivedBefore(Conflict):
    code = "visits.arrived_before"
    sentence = "该企业的到访已登记，不必重复登记。"


class TooEarly(Conflict):
    """Nobody arrives half an hour before it begins; the sentence names from when on it can be noted."""

    code = "visits.too_early"
    sentence = "还没到可以登记到访的时间。"

    def __init__(self, opens_at: datetime | None = None) -> None:
        super().__init__(f"还没到可以登记到访的时间，{when(opens_at)}起可以登记。" if opens_at else None)


class TooLateToArrive(Conflict):
    code = "visits.too_late_to_arrive"
    sentence = "已超过当场登记到访的时间，请补登并说明理由。"


class TooEarlyToBackFill(Conflict):
    code = "visits.too_early_to_back_fill"
    sentence = "现在还可以当场登记到访，不必补登。"


class TooLateToBackFill(Conflict):
    code = "visits.too_late_to_back_fill"
    sentence = "已超过补登到访的期限。"

    def __init__(self, days: int | None = None) -> None:
        super().__init__(f"走访后{days}日内可以补登到访，现已超过期限。" if days is not None else None)


class ArrivalTimeWrong(Invalid):
    code = "visits.arrival_time_wrong"
    sentence = "到访时间须在约定的走访时间前后，且不晚于现在。"


class PartyUnknown(Invalid):
    code = "visits.party_unknown"
    sentence = "请选择本次走访的一家企业。"


class NotAtTheDoor(Forbidden):
    code = "visits.not_at_the_door"
    sentence = "只有本次走访的走访人员可以当场登记到访。"


class NothingToObject(Conflict):
    code = "visits.nothing_to_object"
    sentence = "没有可以提出异议的登记：扫码登记的到访不能提出异议，其他登记须在15日内提出。"


class ReportWrong(Invalid):
    code = "visits.report_wrong"
    sentence = "走访记录填写有误，请按提示修改。"


class PhotoUnknown(Invalid):
    code = "visits.photo_unknown"
    sentence = "没有找到要附上的照片，请重新上传；只能附图片。"


class StillExpected(Conflict):
    """Somebody who booked may still come: nobody is missing before the published grace is over."""

    code = "visits.still_expected"
    sentence = "还有企业没有到场，开始15分钟后才能提交走访记录；已到场的请先登记到访。"

    def __init__(self, until: datetime | None = None) -> None:
        hint = "之后才能提交走访记录；已到场的请先登记到访。"
        super().__init__(f"还有企业没有到场，{when(until)}前仍可能到场，{hint}" if until else None)


class NoReport(Conflict):
    code = "visits.no_report"
    sentence = "走访记录还没有填写。"


class MinutesChanged(PreconditionFailed):
    code = "visits.minutes_changed"
    sentence = "走访记录刚有更正，请重新核对后再操作。"


class MinutesSettled(Conflict):
    code = "visits.minutes_settled"
    sentence = "对这份走访记录已有答复，不能再改。"


class ReachedBefore(Conflict):
    code = "visits.reached_before"
    sentence = "已记录企业知悉这份走访记录，不必重复记录。"


class HasAccount(Conflict):
    code = "visits.has_account"
    sentence = "该企业有经营者账号，由其本人在小程序中确认。"


class NotRateable(Conflict):
    code = "visits.not_rateable"
    sentence = "走访记录确认后可以评价。"


class RatedBefore(Conflict):
    code = "visits.rated_before"
    sentence = "已评价过，可以追加一次评价。"


class NotRated(Conflict):
    code = "visits.not_rated"
    sentence = "还没有评价，请先评价。"


class AddedBefore(Conflict):
    code = "visits.added_before"
    sentence = "已追加过评价。"
