"""Why something about a salon or a sign-up is refused."""

from datetime import datetime
from typing import Final

from backend.foundation.clock import SHANGHAI
from backend.foundation.errors import Conflict, Invalid, NotFound, PreconditionFailed, Unavailable


class SalonUnknown(NotFound):
    code = "salons.unknown"
    sentence = "没有找到该沙龙，可能编号有误或您无权查看。"


class SalonChanged(PreconditionFailed):
    code = "salons.changed"
    sentence = "该沙龙刚有变化，请刷新查看后再操作。"


class SeriesUnknown(NotFound):
    code = "salons.series_unknown"
    sentence = "没有找到该沙龙系列，请重新选择。"


class SeriesChanged(PreconditionFailed):
    code = "salons.series_changed"
    sentence = "该沙龙系列刚被他人修改，请刷新核对后再保存。"


class FormWrong(Invalid):
    code = "salons.form_wrong"
    sentence = "报名表设置有误，请按提示修改。"


class AnswersWrong(Invalid):
    code = "salons.answers_wrong"
    sentence = "报名表填写有误，请按提示修改后再提交。"


class NotReady(Invalid):
    code = "salons.not_ready"
    sentence = "沙龙还不能发布，请按提示补充。"


class FormFixed(Conflict):
    code = "salons.form_fixed"
    sentence = "沙龙已发布，报名表不能再修改；需要更多信息请在现场了解。"


class SeatsGiven(Conflict):
    """A quota can't become smaller than what is given away of it."""

    code = "salons.seats_given"
    sentence = "名额不能少于已报名的人数，也不能删除已有人报名的名额。"


class NotOpenYet(Conflict):
    code = "salons.not_open_yet"
    sentence = "该沙龙还未开放报名。"

    def __init__(self, opens_at: datetime | None = None) -> None:
        super().__init__(f"报名从{when(opens_at)}开始，请届时再报名。" if opens_at else None)


class SignupClosed(Conflict):
    code = "salons.signup_closed"
    sentence = "该沙龙的报名已截止。"


class SalonOver(Conflict):
    code = "salons.over"
    sentence = "该沙龙已结束或已取消。"


_LAST: Final = {
    "hall": "名额已满，且距开始不足1小时，不再递补；有空位的由现场工作人员安排。",
    "online": "线上名额已满，且沙龙已开始，不再递补；会后可查看公开的资料。",
}


class Full(Conflict):
    """`last`: the way of which it is too late to wait for a seat; `at_door`: as those read it who give seats there."""

    code = "salons.full"
    sentence = "名额已满，您可以报名候补：有空席时按顺序通知您。"

    def __init__(self, *, last: str = "", at_door: bool = False) -> None:
        super().__init__("名额已满，没有空位可以安排；有人取消、空出位子后再安排。" if at_door else _LAST.get(last))


class WayNotOffered(Invalid):
    code = "salons.way_not_offered"
    sentence = "该沙龙没有这种参加方式，请重新选择。"


class NotForThisEnterprise(Conflict):
    code = "salons.not_for_this_enterprise"
    sentence = "该沙龙面向特定企业，该企业不符合其条件；您可以查看其他沙龙。"


class EnterpriseFull(Conflict):
    code = "salons.enterprise_full"
    sentence = "该企业报名人数已达上限，请先由已报名的同事退出。"


class EnterpriseClosed(Conflict):
    code = "salons.enterprise_closed"
    sentence = "该企业已注销或吊销，不能报名。"


class EnterpriseUnknown(NotFound):
    code = "salons.enterprise_unknown"
    sentence = "没有找到该企业，请核对后再试。"


class SignedUpAlready(Conflict):
    code = "salons.signed_up_already"
    sentence = "您已为另一家企业报名该沙龙，请先退出原来的报名。"


class SignupUnknown(NotFound):
    code = "salons.signup_unknown"
    sentence = "没有找到该报名，可能编号有误或您无权查看。"


class OfferLapsed(Conflict):
    code = "salons.offer_lapsed"
    sentence = "确认时间已过，席位已让给下一位；您可以重新报名候补。"


class HasBegun(Conflict):
    code = "salons.has_begun"
    sentence = "沙龙已开始，不能再退出；如未到场可在会后说明。"


class Begun(Conflict):
    """Who was there is being counted, and who waited in vain was told: a salon that has begun takes place as it is."""

    code = "salons.begun"
    sentence = "沙龙已开始，不能再修改；不能如期举行的请取消，再复制一场另定时间。"


class NoTicket(Conflict):
    code = "salons.no_ticket"
    sentence = "报名成功后才有入场码；候补或待审核的报名暂无入场码。"


class ScanReused(Conflict):
    code = "salons.scan_reused"
    sentence = "该扫码记录的编号已用于不同的内容，请重新扫码。"


class ScanUnknown(NotFound):
    code = "salons.scan_unknown"
    sentence = "没有找到该扫码记录，请刷新后再试。"


class ScanUndone(Conflict):
    code = "salons.scan_undone"
    sentence = "该扫码记录不能撤销：已撤销过，或当时就没有放行。"


class ExplainedBefore(Conflict):
    code = "salons.explained_before"
    sentence = "您已说明过原因，请等待处理结果。"


class NothingExplained(Conflict):
    code = "salons.nothing_explained"
    sentence = "该记录没有待处理的说明，或已处理过。"


class FileUnknown(NotFound):
    code = "salons.file_unknown"
    sentence = "没有找到该文件：可能不是您上传的，或上传超过一天未使用已清除，请重新上传。"


class TooManyExtra(Conflict):
    code = "salons.too_many_extra"
    sentence = "超额邀请后的人数超过了场地能容纳的上限。"


class NobodyHears(Conflict):
    """Of a salon that was called off, or for which nobody with an account has signed up, nobody hears anything."""

    code = "salons.nobody_hears"
    sentence = "这场沙龙没有能收到通知的报名，这句话没有发出。"

    def __init__(self, state_word: str | None = None) -> None:
        told = f"这场沙龙的状态为“{state_word}”，没有能收到通知的报名，这句话没有发出。"
        super().__init__(told if state_word else None)


class QuestionUnknown(NotFound):
    code = "salons.question_unknown"
    sentence = "没有找到该提问，或它还在核对。"


class AskingOver(Conflict):
    code = "salons.asking_over"
    sentence = "该沙龙已结束7天以上，不再收集提问；请到“问微所需”提问。"


class AskTooOften(Conflict):
    code = "salons.ask_too_often"
    sentence = "每人每场最多提5个问题；其他问题请到“问微所需”提问。"


class NotAttended(Conflict):
    code = "salons.not_attended"
    sentence = "到场签到后才能评价这场沙龙。"


class FeedbackGiven(Conflict):
    code = "salons.feedback_given"
    sentence = "评价凭证已领取或已使用，每人每场只能评价一次。"


class PageNotReleased(Conflict):
    """WeChat draws a code only for a page that the live release of the mini-program has."""

    code = "salons.page_not_released"
    sentence = "小程序的线上版本中还没有沙龙页面，请在小程序发布新版本后再下载。"


class CodeNotDrawn(Unavailable):
    code = "salons.code_not_drawn"
    sentence = "微信暂未生成小程序码，请稍后再试。"

    def __init__(self, words: str | None = None) -> None:
        super().__init__(f"微信暂未生成小程序码：{words}。请稍后再试，或联系系统管理员。" if words else None)


def when(at: datetime) -> str:
    """Return a moment as people say it: 11月25日 09:30."""
    local = at.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日 {local:%H:%M}"
