"""Why something about a question is refused."""

from datetime import datetime

from backend.foundation.clock import SHANGHAI
from backend.foundation.errors import Conflict, Forbidden, Invalid, NotFound, TooManyRequests


class QuestionUnknown(NotFound):
    code = "questions.unknown"
    sentence = "没有找到该问题，可能已撤回或您无权查看。"


class PhotoUnknown(Invalid):
    code = "questions.photo_unknown"
    sentence = "有照片没有找到或已用于其他问题，请重新上传。"


class TooManyQuestions(TooManyRequests):
    code = "questions.too_many"

    def __init__(self, most: int, retry_after: int) -> None:
        super().__init__(retry_after, f"您今天已提交{most}个问题，请明天再试；急事可到窗口办理或拨打12345。")


class Barred(Forbidden):
    code = "questions.barred"
    title = "暂停在线提问"

    def __init__(self, until: datetime) -> None:
        day = until.astimezone(SHANGHAI)
        super().__init__(
            sentence=f"您的在线提问已暂停至{day:%Y}年{day.month}月{day.day}日，理由和依据见“我的问题”，可以在那里申诉；"
            "您仍可到窗口办理或拨打12345。"
        )


class AlreadyAnswered(Conflict):
    code = "questions.already_answered"
    title = "已有答复"
    sentence = "该问题已有答复，不能撤回；请查看答复并确认是否解决。"


class NotFollowable(NotFound):
    code = "questions.not_followable"
    sentence = "没有找到可以关注的问题，可能提问人未开放关注。"


class FollowsFull(Conflict):
    code = "questions.follows_full"
    sentence = "关注的问题已达上限，请先取消一些再关注。"


class NotAnswered(Conflict):
    code = "questions.not_answered"
    title = "尚未答复"
    sentence = "该问题还没有答复，答复后才能公开。"


class AlreadyProposed(Conflict):
    code = "questions.already_proposed"
    title = "已有待核对的公开稿"
    sentence = "该问题已有一份公开稿等待核对，请先处理那一份。"


class SamePerson(Forbidden):
    code = "questions.same_person"
    sentence = "须由另一人核对，不能由起草人自己公开。"


class PublicationUnknown(NotFound):
    code = "questions.publication_unknown"
    sentence = "没有找到这份公开稿，可能编号有误或您无权查看。"


class BarUnknown(NotFound):
    code = "questions.bar_unknown"
    sentence = "没有找到这条限制记录，可能已解除或您无权查看。"


class BarredBefore(Conflict):
    code = "questions.barred_before"
    title = "已在限制中"
    sentence = "该提问人已在限制期内，请先解除再重新限制。"


class AppealedBefore(Conflict):
    code = "questions.appealed_before"
    title = "已经申诉过"
    sentence = "每次限制可以申诉一次，您已提交过申诉。"


class NoAppeal(Conflict):
    code = "questions.no_appeal"
    title = "没有待处理的申诉"
    sentence = "这条限制没有待处理的申诉，请刷新后查看。"


class DecidedBySame(Forbidden):
    code = "questions.decided_by_same"
    sentence = "须由作出限制的人和被限制人以外的人处理。"
