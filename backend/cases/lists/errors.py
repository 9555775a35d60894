"""Why something about a list of problems is refused."""

from backend.foundation.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed


class ListUnknown(NotFound):
    code = "cases.list_unknown"
    sentence = "没有找到该问题清单，可能编号有误或您无权查看。"


class ProblemUnknown(NotFound):
    code = "cases.problem_unknown"
    sentence = "没有找到该问题，可能编号有误或您无权查看。"


class ProblemChanged(PreconditionFailed):
    code = "cases.problem_changed"
    sentence = "该问题刚有新的办理动作，请刷新查看后再操作。"


class ProblemWrong(Invalid):
    code = "cases.problem_wrong"
    sentence = "问题清单填写有误，请按提示修改。"


class NotResponsible(Forbidden):
    code = "cases.not_responsible"
    sentence = "只有整改责任人可以报告完成。"


class NoEvidence(Invalid):
    code = "cases.no_evidence"
    sentence = "请附上整改的佐证材料，或关联已办结的事项。"


class NeedsSecondPerson(Conflict):
    code = "cases.needs_second_person"
    sentence = "销号或退回须由责任人以外的另一人进行。"
