"""Why something about a policy is refused."""

from backend.foundation.errors import Conflict, Invalid, NotFound, PreconditionFailed, Unavailable


class PolicyUnknown(NotFound):
    code = "policies.unknown"
    sentence = "没有找到该政策，可能尚未发布或您无权查看。"


class PolicyChanged(PreconditionFailed):
    code = "policies.changed"
    sentence = "该政策刚被他人修改，请刷新后核对再操作。"


class NumberTaken(Conflict):
    code = "policies.number_taken"
    sentence = "该政策编号已被使用，请换一个编号或修改原有政策。"


class NothingOpen(Conflict):
    code = "policies.nothing_open"
    sentence = "该政策没有正在起草或待审核的版本，请先修改形成新的草稿。"


class NotPublished(Conflict):
    code = "policies.not_published"
    sentence = "该政策目前没有发布中的版本，无需撤回。"


class SameAuthor(Conflict):
    code = "policies.same_author"
    sentence = "起草人和最后修改人不能审核自己的政策，请由另一位同事审核发布。"


class PolicyPast(Conflict):
    code = "policies.past"
    sentence = "该政策的有效期或申报期已过，不能发布；如有延续文件，请先修改日期。"


class NothingToCorrect(Conflict):
    code = "policies.nothing_to_correct"
    sentence = "该政策此前没有发布过，无可更正；请清空“更正说明”后重新提交审核。"


class ReleaseTime(Invalid):
    code = "policies.release_time"
    title = "发布时间有误"
    sentence = "发布时间有误，请改后再试。"


class NotReady(Invalid):
    """What a draft may still say, but nobody submits; `fields` lists every place."""

    code = "policies.not_ready"
    title = "尚不能提交审核"
    sentence = "该政策还不能提交审核，请按提示逐处修改后再提交。"


class ExcludesItself(Invalid):
    code = "policies.excludes_itself"
    sentence = "政策不能与自己相互排斥，请填写另一项政策的编号。"


class AttachmentUnknown(NotFound):
    code = "policies.attachment_unknown"
    sentence = "没有找到要添加的附件，请重新上传后再保存。"


class ReferenceOnly(Conflict):
    code = "policies.reference_only"
    sentence = "该政策是外地参照，不适用于本市企业，不能发布。"


class FileRefused(Invalid):
    """The file as a whole can't be read; single bad entries are reported beside the good ones instead."""

    code = "policies.file_refused"
    sentence = "无法导入此文件：须为 JSON 列表，每项一条政策。"


class MatchIdInvalid(Invalid):
    code = "policies.match_id_invalid"
    sentence = "判断编号不完整或有误，请从政策详情页完整复制后重试。"


class MatchUnknown(NotFound):
    """Never given, or given for another enterprise."""

    code = "policies.match_unknown"
    sentence = "没有找到该编号对应的判断结果，请核对编号和企业是否一致。"


class PolicyOver(Conflict):
    code = "policies.over"
    sentence = "该政策已撤回、到期或被新版替代，请刷新后查看现行政策。"


class ClauseUnknown(Invalid):
    code = "policies.clause_unknown"
    sentence = "该政策现行版本没有这一条件，可能刚刚更新，请刷新后重新选择。"


class OnlySensitive(Invalid):
    code = "policies.only_sensitive"
    sentence = "只有敏感信息可以“仅本次使用、不保存”，其他信息请直接填报。"


class PushesNotPaused(Conflict):
    code = "policies.pushes_not_paused"
    sentence = "该政策的推送没有暂停，无需恢复。"


class NoDeadline(Conflict):
    code = "policies.no_deadline"
    sentence = "该政策长期有效，没有截止日期，无需提醒。"


class NotByTime(Conflict):
    code = "policies.not_by_time"
    sentence = "按目前的信息，仅随时间推移还不会满足该政策的条件，补充或更新企业信息后可再试。"


class ProfilingRefused(Conflict):
    code = "policies.profiling_refused"
    sentence = "您已选择“不要按我的画像推送”，不能设置按企业情况提醒；可在设置中重新开启后再试。"


class ReminderUnknown(NotFound):
    code = "policies.reminder_unknown"
    sentence = "没有找到该提醒，可能已经取消或发出。"


class EditionUnknown(NotFound):
    code = "policies.edition_unknown"
    sentence = "没有找到用来比较的版次，请从该政策的全部版本中选择另一版。"


class NothingToCompare(Conflict):
    code = "policies.nothing_to_compare"
    sentence = "该政策此前没有可比较的已发布版本，请指定版次或待下一版形成后再比较。"


class PreviewTooSlow(Unavailable):
    """The statement was stopped: rules are bounded in size, but not every one is quick over a whole city."""

    code = "policies.preview_too_slow"
    title = "预览超时"
    sentence = "条件过多或系统繁忙，未能在限定时间内算完，请精简条件或稍后再试。"


class FavouritesFull(Conflict):
    code = "policies.favourites_full"
    sentence = "最多收藏 500 项政策，请先取消一些不再需要的收藏。"
