"""Why something about a campaign is refused."""

from backend.foundation.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed, Unavailable


class CampaignUnknown(NotFound):
    code = "campaigns.unknown"
    sentence = "没有找到这项批量走访，或您无权查看。"


class CampaignChanged(PreconditionFailed):
    code = "campaigns.changed"
    sentence = "这项批量走访刚有变化，请刷新核对后再操作。"


class CampaignWrong(Invalid):
    code = "campaigns.wrong"
    sentence = "批量走访填写有误，请按提示修改。"


class NobodyToVisit(Conflict):
    code = "campaigns.nobody"
    sentence = "没有可以走访的企业：符合条件的企业都因所列原因未列入，请核对条件、人员和周数。"


class ListChanged(PreconditionFailed):
    code = "campaigns.list_changed"
    sentence = "名单或内容与您核对的不一致，请刷新后重新核对校验值再放行。"


class SamePerson(Conflict):
    code = "campaigns.same_person"
    sentence = "企业较多的批量走访须由没有参与起草和冻结名单的另一位同事放行。"


class TooLate(Conflict):
    code = "campaigns.too_late"
    sentence = "所选的周次已经过去，请修改后重新冻结名单。"


class OutOfReach(Forbidden):
    code = "campaigns.out_of_reach"
    sentence = "您只能在管辖的区县范围内组织批量走访，请选择区县。"


class PreviewTooSlow(Unavailable):
    code = "campaigns.preview_too_slow"
    sentence = "条件过于复杂，暂时算不出结果，请简化条件后再试。"


class ProposalUnknown(NotFound):
    code = "campaigns.proposal_unknown"
    sentence = "没有找到这项走访提议，或您无权查看。"


class ProposalOver(Conflict):
    code = "campaigns.proposal_over"
    sentence = "这项走访提议已有答复或已结束；如需走访，可以自行预约。"
