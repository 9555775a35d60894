"""Why something about an earlier time or a calendar's address is refused."""

from backend.foundation.errors import Conflict, NotFound


class WaitUnknown(NotFound):
    code = "visits.wait_unknown"
    sentence = "没有找到该候补登记，可能编号有误或您无权查看。"


class NoWaiting(Conflict):
    code = "visits.no_waiting"
    sentence = "该走访不能登记候补提前：须是单独为一家企业安排、尚待进行的走访。"


class WaitTooLate(Conflict):
    code = "visits.wait_too_late"
    sentence = "距走访已不足24小时，不能再登记候补提前。"


class WaitUsedUp(Conflict):
    code = "visits.wait_used_up"
    sentence = "已为您提供过3次提前的时段，不能再登记候补；需要改期请直接选择时段。"


class OfferUnknown(NotFound):
    code = "visits.offer_unknown"
    sentence = "没有找到该提前时段，可能编号有误或您无权查看。"


class OfferOver(Conflict):
    code = "visits.offer_over"
    sentence = "该提前时段已过答复时限或不再有效，原来的安排不变。"


class FeedUnknown(NotFound):
    code = "visits.feed_unknown"
    sentence = "没有这个日历地址，可能已停用；请在工作台重新生成。"
