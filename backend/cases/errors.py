"""Why something about a case is refused."""

from backend.foundation.errors import Conflict, Invalid, NotFound, PreconditionFailed


class CaseUnknown(NotFound):
    code = "cases.unknown"
    sentence = "没有找到该事项，可能编号有误或您无权查看。"


class CaseChanged(PreconditionFailed):
    """Somebody else acted in between; `version` is how the case stands now."""

    code = "cases.changed"
    sentence = "该事项刚有新的办理动作，请查看变化后再操作。"

    def __init__(self, version: int) -> None:
        super().__init__()
        self.version = version


class CategoryUnknown(Invalid):
    code = "cases.category_unknown"
    sentence = "没有这个事项类别，或该类别已停用，请重新选择。"


class NotAnOwnersCase(Conflict):
    code = "cases.not_an_owners_case"
    sentence = "该事项没有关联的经营者账号，不能这样办理。"
