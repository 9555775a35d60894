"""Why something about the knowledge base is refused."""

from backend.foundation.errors import Conflict, Invalid, NotFound, PreconditionFailed


class ArticleUnknown(NotFound):
    code = "knowledge.unknown"
    sentence = "没有找到该知识条目，可能尚未发布、已撤下或您无权查看。"


class ArticleChanged(PreconditionFailed):
    code = "knowledge.changed"
    sentence = "该知识条目刚被他人修改，请刷新后核对再操作。"


class NothingOpen(Conflict):
    code = "knowledge.nothing_open"
    sentence = "该知识条目没有正在起草或待审核的版本，请先修改形成新的草稿。"


class NotPublished(Conflict):
    code = "knowledge.not_published"
    sentence = "该知识条目目前没有发布中的版本，无需撤下。"


class SameAuthor(Conflict):
    code = "knowledge.same_author"
    sentence = "起草人和最后修改人不能审核自己的知识条目，请由另一位同事审核。"


class NotReady(Invalid):
    """What a draft may still say, but nobody submits or publishes; `fields` lists every place."""

    code = "knowledge.not_ready"
    title = "尚不能提交审核"
    sentence = "该知识条目还不能提交审核或发布，请按提示逐处修改。"


class SourceUnknown(Invalid):
    """`fields` names every citation of something that isn't there."""

    code = "knowledge.source_unknown"
    title = "引用有误"
    sentence = "引用的依据不存在或尚未发布，请重新选择。"


class CategoryUnknown(Invalid):
    code = "knowledge.category_unknown"
    sentence = "没有这个类别，或该类别已停用，请重新选择。"


class GapUnknown(NotFound):
    code = "knowledge.gap_unknown"
    sentence = "没有找到这一组问题，缺口报告可能已经更新，请返回重新查看。"
