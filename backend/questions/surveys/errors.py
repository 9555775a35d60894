"""Why something about a survey is refused."""

from backend.foundation.errors import Conflict, Invalid, NotFound, PreconditionFailed, Unavailable


class SurveyUnknown(NotFound):
    code = "surveys.unknown"
    title = "没有这项调查"
    sentence = "没有找到这项调查：它可能尚未开始，或者不是面向贵企业的。"


class SurveyChanged(PreconditionFailed):
    code = "surveys.changed"
    title = "调查已被他人修改"
    sentence = "这项调查刚刚被他人修改，请刷新核对后再办理。"


class SameAuthor(Conflict):
    code = "surveys.same_author"
    title = "须另一人审核"
    sentence = "起草或修改过这项调查的人不能审核发放，请由另一位同事办理。"


class NotReady(Invalid):
    code = "surveys.not_ready"
    title = "还不能送审"
    sentence = "这项调查还有需要改正之处，请按提示修改后再送审。"


class SurveyPast(Conflict):
    code = "surveys.past"
    title = "截止日期已过"
    sentence = "这项调查的截止日期已过，请修改起止日期后再发放。"


class SurveyOver(Conflict):
    code = "surveys.over"
    title = "调查已结束"
    sentence = "这项调查已经结束，不能再填写或修改，感谢您的参与。"


class AnswerInvalid(Invalid):
    code = "surveys.answer_invalid"
    title = "答复有误"
    sentence = "有些题目还没有答好，请按提示修改后再提交。"


class AlreadyAnswered(Conflict):
    code = "surveys.already_answered"
    title = "本企业已答复"
    sentence = "贵企业的同事已经提交了答复。请刷新查看；需要修改的，可在原答复上修改。"


class AnswerChanged(PreconditionFailed):
    code = "surveys.answer_changed"
    title = "答复已被同事修改"
    sentence = "贵企业的同事刚刚修改了这份答复，请刷新核对后再提交。"


class TextUnknown(NotFound):
    code = "surveys.text_unknown"
    title = "没有这条答复"
    sentence = "没有找到这条文字答复，可能已被企业修改，请刷新后再试。"


class NoContact(Conflict):
    code = "surveys.no_contact"
    title = "不能转为事项"
    sentence = "这道题没有向企业说明答复会转为事项并有人联系，不能转办。"


class PreviewTooSlow(Unavailable):
    code = "surveys.preview_too_slow"
    title = "预览超时"
    sentence = "条件过多或系统繁忙，未能在限定时间内算完，请精简条件或稍后再试。"
