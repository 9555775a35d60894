"""Why something about the ledger of contacts is refused."""

from backend.foundation.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed


class ContactUnknown(NotFound):
    code = "contacts.unknown"
    sentence = "没有找到该入企记录，或您无权查看。"


class ContactWrong(Invalid):
    code = "contacts.wrong"
    sentence = "入企记录填写有误，请按提示修改。"


class ContactChanged(PreconditionFailed):
    code = "contacts.changed"
    sentence = "该记录刚有变化，请刷新查看后再操作。"


class StruckBefore(Conflict):
    code = "contacts.struck_before"
    sentence = "该记录已被更正，不能再次更正。"


class ObjectedBefore(Conflict):
    code = "contacts.objected_before"
    sentence = "您已对该记录提出过异议，办理情况请在“我的事项”中查看。"


class OverCeiling(Conflict):
    """The bureau's side may come no more this year without a second signature; an owner's own wish is never stopped."""

    code = "contacts.over_ceiling"
    sentence = "该企业本年度次数已达上限，须先写明理由、由另一人签字同意。企业自己提出的走访不受此限。"

    def __init__(self, side: str | None = None, year: int = 0, used: int = 0, ceiling: int = 0) -> None:
        super().__init__(
            f"该企业{year}年度{side}已有{used}次（含已计划的），达到上限{ceiling}次；"
            "须先写明理由、由另一人签字同意。企业自己提出的走访不受此限。"
            if side
            else None
        )


class ApprovalUnknown(NotFound):
    code = "contacts.approval_unknown"
    sentence = "没有找到该签字申请，或您无权查看。"


class AskedBefore(Conflict):
    code = "contacts.asked_before"
    sentence = "您已为该企业提出过本年度的签字申请，请等待签字，或使用已签字的申请。"


class NotNeeded(Conflict):
    code = "contacts.not_needed"
    sentence = "该企业本年度次数未达上限，不需要签字。"


class OwnLine(Forbidden):
    code = "contacts.own_line"
    sentence = "到访人员和登记人不能更正自己的记录，请由其他同事核实后更正。"


class NeedsOther(Forbidden):
    code = "contacts.needs_other"
    sentence = "须由申请人以外的人签字，且不能由申请人的下属代签。"


class PlanUnknown(NotFound):
    code = "contacts.plan_unknown"
    sentence = "没有找到该入企计划，或您无权查看。"


class MergeUnknown(NotFound):
    code = "contacts.merge_unknown"
    sentence = "没有找到该合并提议，或您无权查看。"


class NotYours(Forbidden):
    code = "contacts.not_yours"
    sentence = "该提议须由两个单位中承担或安排计划的人答复。"


class LimitsChanged(PreconditionFailed):
    code = "contacts.limits_changed"
    sentence = "次数上限设置刚被他人修改，请刷新核对后再保存。"
