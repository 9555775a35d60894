"""Why a sign-in, a phone, a claim or a binding is refused."""

from backend.foundation.errors import (
    Conflict,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)


class LoginCodeInvalid(Unauthenticated):
    """The code is wrong, older than five minutes or used: the client calls wx.login once more."""

    code = "identity.login_code_invalid"
    sentence = "登录凭证已失效，请重新进入小程序。"


class SignInBlocked(Forbidden):
    """WeChat itself holds the user for high-risk (40226); there is nothing to retry."""

    code = "identity.sign_in_blocked"
    sentence = "微信提示该账号存在风险，暂不能登录。请到办事窗口或拨打服务电话办理。"

    def __init__(self) -> None:
        super().__init__(sentence=self.sentence)


class TooManySignIns(TooManyRequests):
    code = "identity.too_many_sign_ins"
    sentence = "登录过于频繁，请一分钟后再试。"


class WeChatAway(Unavailable):
    code = "identity.wechat_away"
    sentence = "暂时连接不上微信，请稍后重新进入小程序。"


class SessionEnded(Unauthenticated):
    code = "identity.session_ended"
    sentence = "登录已失效，请重新进入小程序。"


class PhoneCodeInvalid(Invalid):
    code = "identity.phone_code_invalid"
    sentence = "手机号授权已失效，请重新点击“授权手机号”。"

    def __init__(self) -> None:
        super().__init__(fields=(FieldError("code", self.code, self.sentence),))


class PhoneNeeded(Conflict):
    code = "identity.phone_needed"
    sentence = "请先授权手机号，再绑定企业。"


class UsccMalformed(Invalid):
    code = "identity.uscc_malformed"
    sentence = "统一社会信用代码应为 18 位数字和大写字母，请对照营业执照填写。"

    def __init__(self) -> None:
        super().__init__(fields=(FieldError("uscc", self.code, self.sentence),))


class TooManyClaims(TooManyRequests):
    code = "identity.too_many_claims"
    sentence = "今天的绑定申请次数已用完，请明天再试，或携带营业执照到窗口办理。"


class AlreadyBound(Conflict):
    code = "identity.already_bound"
    sentence = "您已绑定该企业，无需重复申请。"


class AlreadyClaimed(Conflict):
    code = "identity.already_claimed"
    sentence = "您对该企业的绑定申请正在审核，请等待结果。"


class TooManyManagers(Conflict):
    code = "identity.too_many_managers"
    sentence = "该企业的管理人员已满 5 人，请先由其中一人退出。"


class RepresentativeTaken(Conflict):
    code = "identity.representative_taken"
    sentence = "该企业已有法定代表人绑定，请先核实并解除原绑定。"


class EnterpriseUnknown(Conflict):
    code = "identity.enterprise_unknown"
    sentence = "登记库中没有该统一社会信用代码的企业，请核对或先导入登记数据。"


class BindingNotFound(NotFound):
    code = "identity.binding_not_found"
    sentence = "没有找到该绑定关系。"


class NotBound(NotFound):
    """Not bound and not existing look the same."""

    code = "identity.not_bound"
    sentence = "没有找到该企业，或您尚未绑定。"


class ReadOnly(Conflict):
    code = "identity.binding_read_only"
    sentence = "您的绑定所依据的法定代表人或手机号已变更，请重新验证后再办理。"


class OutOfScope(Forbidden):
    code = "identity.out_of_scope"
    sentence = "您在该企业的授权不包含此事项，请联系企业管理人员。"

    def __init__(self) -> None:
        super().__init__(sentence=self.sentence)


class NotManaging(Forbidden):
    code = "identity.not_managing"
    sentence = "只有企业的法定代表人或管理人员可以办理此事项。"

    def __init__(self) -> None:
        super().__init__(sentence=self.sentence)


class CannotObject(Conflict):
    code = "identity.cannot_object"
    sentence = "只能对 30 天内新增的、且晚于您绑定的人员提出异议。"


class InvitationInvalid(Invalid):
    code = "identity.invitation_invalid"
    sentence = "邀请码无效、已使用或已过期，请联系邀请人重新发送。"

    def __init__(self) -> None:
        super().__init__(fields=(FieldError("code", self.code, self.sentence),))


class AlreadyDecided(Conflict):
    """A colleague was first, or whoever asked took it back."""

    code = "identity.already_decided"
    sentence = "这一项已由同事办结或已撤回，您的决定没有生效，请查看最新结果。"


class HolderWithoutPhone(Conflict):
    """A binding that rests on its holder's phone is not let stand while another person holds that number."""

    code = "identity.holder_without_phone"
    sentence = "绑定人验证过的手机号已不归他使用，暂不能维持绑定；请联系他在小程序重新验证后再办理，或者解除绑定。"


class SameReviewer(Conflict):
    """Who let a binding pass doesn't judge the objection to it."""

    code = "identity.same_reviewer"
    sentence = "该绑定原由您审核通过，异议须由另一位工作人员处理。"
