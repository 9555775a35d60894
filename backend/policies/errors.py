"""Why something about a policy is refused."""

from backend.foundation.errors import Conflict, Invalid, NotFound, PreconditionFailed


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


class ReferenceOnly(Conflict):
    code = "policies.reference_only"
    sentence = "该政策是外地参照，不适用于本市企业，不能发布。"


class FileRefused(Invalid):
    """The file as a whole can't be read; single bad entries are reported beside the good ones instead."""

    code = "policies.file_refused"
    sentence = "无法导入此文件：须为 JSON 列表，每项一条政策。"
