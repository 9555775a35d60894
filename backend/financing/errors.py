"""Why something about financing is refused."""

from backend.foundation.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed


class TermsWrong(Invalid):
    code = "financing.terms_wrong"
    title = "贷款条件有误"
    sentence = "贷款条件有误，请按提示修改。"


class NoRate(Invalid):
    code = "financing.no_rate"
    title = "无法计算年化成本"
    sentence = "到手金额须大于 0 且有还款才能计算年化成本，请核对本金和各项费用。"


class ContentWrong(Invalid):
    code = "financing.content_wrong"
    sentence = "填写的内容有误，请按提示修改。"


class InstitutionUnknown(NotFound):
    code = "financing.institution_unknown"
    sentence = "没有找到该金融机构，请核对后再试。"


class InstitutionTaken(Conflict):
    code = "financing.institution_taken"
    sentence = "已有同名的金融机构，请核对名称。"


class InstitutionChanged(PreconditionFailed):
    code = "financing.institution_changed"
    sentence = "该机构的信息刚被他人修改，请刷新核对后再保存。"


class InstitutionClosed(Conflict):
    code = "financing.institution_closed"
    sentence = "该机构已暂停接受融资对接，请选择其他机构。"


class DeskUnknown(NotFound):
    code = "financing.desk_unknown"
    sentence = "没有找到该对接岗，请核对后再试。"


class DeskTaken(Conflict):
    code = "financing.desk_taken"
    sentence = "该机构已有同名的对接岗，请换一个名称。"


class NoDesk(Conflict):
    code = "financing.no_desk"
    sentence = "该机构在您所在区县没有对接岗，请选择其他机构。"


class NotAtADesk(Forbidden):
    code = "financing.not_at_a_desk"
    sentence = "您的账号没有对应的对接岗，请联系主管部门开通。"


class NotAPartner(Conflict):
    code = "financing.not_a_partner"
    sentence = "只有合作机构角色的账号可以加入对接岗，请先由安全管理员授予该角色。"


class ClientUnknown(NotFound):
    code = "financing.client_unknown"
    sentence = "没有找到该接口密钥。"


class AtAnotherDesk(Conflict):
    code = "financing.at_another_desk"
    sentence = "该账号已在另一个对接岗，请先移出。"


class ValueUnknown(NotFound):
    code = "financing.value_unknown"
    sentence = "没有这个参数。"


class ValueChanged(PreconditionFailed):
    code = "financing.value_changed"
    sentence = "该参数刚被他人修改，请刷新核对后再保存。"


class ValueOutOfBounds(Invalid):
    code = "financing.value_out_of_bounds"
    sentence = "参数超出允许的范围，请按提示修改。"


class NoLpr(Conflict):
    code = "financing.no_lpr"
    sentence = "没有当日有效的LPR，请先登记。"


class LprUnknown(NotFound):
    code = "financing.lpr_unknown"
    sentence = "没有登记这一天的LPR。"


class LprVerified(Conflict):
    code = "financing.lpr_verified"
    sentence = "该日LPR已与公告核对过，不能再改。"


class LprSamePerson(Conflict):
    code = "financing.lpr_same_person"
    sentence = "登记的人不能核对自己登记的LPR，请由他人对照公告核对。"


class LprTaken(Conflict):
    code = "financing.lpr_taken"
    sentence = "该日已登记LPR，如有误请联系管理员核对。"


class ProductUnknown(NotFound):
    code = "financing.product_unknown"
    sentence = "没有找到该金融产品，可能已下架。"


class ProductChanged(PreconditionFailed):
    code = "financing.product_changed"
    sentence = "该产品刚被他人修改，请刷新核对后再保存。"


class NothingToPublish(Conflict):
    code = "financing.nothing_to_publish"
    sentence = "该产品没有待发布的版本，请先起草。"


class SameAuthor(Conflict):
    code = "financing.same_author"
    sentence = "起草人不能发布自己起草的版本，请由他人核对后发布。"


class ProductOver(Conflict):
    """It closed while the owner was reading, or its days are over."""

    code = "financing.product_over"
    sentence = "该产品已下架或不在有效期内，请选择其他产品。"


class ApplicationUnknown(NotFound):
    code = "financing.application_unknown"
    sentence = "没有找到该融资需求，可能编号有误或您无权查看。"


class ApplicationChanged(PreconditionFailed):
    code = "financing.application_changed"
    sentence = "该融资需求刚有变化，请刷新查看后再操作。"


class TooManyOpen(Conflict):
    code = "financing.too_many_open"
    sentence = "您的企业已有一项进行中的融资需求，请先办结或撤回后再提出。"


class StandardsOpen(Invalid):
    code = "financing.standards_open"
    sentence = "请先完成五项标准自查再提交。"


class EnterpriseNotActive(Conflict):
    code = "financing.enterprise_not_active"
    sentence = "该企业登记状态不是存续，不能提出融资需求。"


class ApplicationOver(Conflict):
    code = "financing.application_over"
    sentence = "该融资需求尚未提交、已经结束或已过有效期，不能这样办理；需要时请提交或重新提出。"


class EvidenceUnknown(NotFound):
    code = "financing.evidence_unknown"
    sentence = "没有找到这份证明材料，可能已移除，或者不是您上传的。"


class TooMuchEvidence(Conflict):
    code = "financing.too_much_evidence"
    sentence = "证明材料已达上限，请先移除不需要的。"


class NotConsented(Forbidden):
    code = "financing.not_consented"
    title = "授权不含该内容"
    sentence = "企业的授权不包括证明材料，不能打开；如需要请与企业沟通后由其重新授权。"


class NotByInterface(Forbidden):
    code = "financing.not_by_interface"
    title = "授权不含接口查看"
    sentence = "企业只同意由对接人员在线查看，系统不能通过接口查看；请由对接人员登录查看。"


class ListingUnknown(NotFound):
    code = "financing.listing_unknown"
    sentence = "没有找到该匿名需求，可能已撤下。"


class SignalledBefore(Conflict):
    code = "financing.signalled_before"
    sentence = "本机构已对该需求表达意向，如需调整请先撤回。"


class ReferralUnknown(NotFound):
    code = "financing.referral_unknown"
    sentence = "没有找到该对接，可能编号有误或您无权查看。"


class ReferralChanged(PreconditionFailed):
    code = "financing.referral_changed"
    sentence = "该对接刚有变化，请刷新查看后再操作。"


class ConsentUnknown(NotFound):
    code = "financing.consent_unknown"
    sentence = "没有找到该授权。"


class ConsentTaken(Conflict):
    code = "financing.consent_taken"
    sentence = "您已授权该机构，如需变更授权范围请先撤回。"


class NotMatched(Conflict):
    code = "financing.not_matched"
    sentence = "该产品与您的需求不符，不能推送给该机构；请从匹配的产品中选择。"


class NotAssessed(Conflict):
    code = "financing.not_assessed"
    sentence = "该机构尚未完成个人信息保护影响评估，暂不能向其提供您的信息。"


class AssessmentLapsed(Forbidden):
    code = "financing.assessment_lapsed"
    sentence = "对本机构的个人信息保护影响评估已到期，重新评估前不能查看；请联系主管部门。"


class ConsentRevoked(Forbidden):
    code = "financing.consent_revoked"
    title = "授权已撤回"
    sentence = "授权已撤回或终止，不能再查看。"


class ConsentExpired(Forbidden):
    code = "financing.consent_expired"
    title = "授权已到期"
    sentence = "授权已到期，不能再查看；如仍需要请由企业重新授权。"


class SignerGone(Forbidden):
    code = "financing.signer_gone"
    title = "签署人已无权代表企业"
    sentence = "签署授权的人已不再代表该企业，须由企业重新授权后才能查看。"


class NotRouted(Forbidden):
    code = "financing.not_routed"
    sentence = "该对接尚未轮到本机构，暂不能查看。"


class NotInHand(Conflict):
    code = "financing.not_in_hand"
    sentence = "该对接目前不能这样办理，请刷新后再试。"


class NoPlace(Conflict):
    code = "financing.no_place"
    sentence = "该需求已转给其他银行办理，暂不能再受理。"


class NotRefused(Conflict):
    code = "financing.not_refused"
    sentence = "只有未通过的对接可以要求二次对接。"


class SecondLookTaken(Conflict):
    code = "financing.second_look_taken"
    sentence = "该对接已要求过二次对接。"


class NoSecondLook(Conflict):
    code = "financing.no_second_look"
    sentence = "该对接没有待办的二次对接，请刷新查看。"


class NotDrawn(Conflict):
    code = "financing.not_drawn"
    sentence = "只有已放款且未续贷的贷款可以申请续贷。"


class NoDrawing(Conflict):
    code = "financing.no_drawing"
    sentence = "该对接没有待您确认的放款，请刷新查看。"


class NotAgreed(Conflict):
    code = "financing.not_agreed"
    sentence = "新的报价比原报价差，须企业先确认差别，才能登记放款。"


class NothingToAgree(Conflict):
    code = "financing.nothing_to_agree"
    sentence = "该对接没有待您确认差别的报价，请刷新查看。"


class DrawingPending(Conflict):
    code = "financing.drawing_pending"
    sentence = "有银行登记了放款，请先确认或否认，再撤回融资需求；撤回对银行的授权不受影响。"


class DrawingWrong(Invalid):
    code = "financing.drawing_wrong"
    sentence = "放款信息有误，请按提示修改。"


class RefusalIncomplete(Invalid):
    code = "financing.refusal_incomplete"
    sentence = "未通过须选择原因、写明理由，并说明怎样可以改变结果。"
