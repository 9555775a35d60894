"""What to do about each error code of the provider's, as data.

Source: 阿里云帮助中心「国内消息API错误码」 and the gateway's common codes, compared on 2026-11-22 with stored copies.
One code stands for three limits of a number (a minute's, an hour's, a day's); its message tells which. What concerns
applying for signatures, templates and short links is left out: only SendSms is called. `isp.GATEWAY_ERROR` is to be
sent again, the table says, but not whether the first one went out: nobody gets a message twice for that.
"""

from typing import Final

from backend.gateways.sms.errors import SmsError, SmsRefused, SmsUnavailable
from backend.gateways.wechat.policy import UNKNOWN, UNLISTED, UNREACHED, Action, Policy, Rest, Wait

LIMITED: Final = "isv.BUSINESS_LIMIT_CONTROL"
_BUSY = Policy(Action.RETRY, "the provider is busy, nothing was sent", "短信服务商繁忙，稍后重试", Wait.OUTAGE)
_NUMBER = Policy(Action.DEGRADE, "this number can't be reached by text message", "该号码不能接收短信")
_OURS = Policy(
    Action.DROP,
    "a parameter does not fit the template: a mistake of ours",
    "内容不符合短信模板的要求",
    alert="message_refused",
)
_WORDS = Policy(
    Action.DROP,
    "a word or a sign the provider forbids: a human must read it",
    "短信内容含服务商禁用的词语或符号，须人工查看",
    alert="sensitive_words",
)
_TEMPLATE = Policy(
    Action.STOP_TEMPLATE,
    "the template is not approved, or not for this",
    "短信模板未通过审核或不适用",
    Wait.HUMAN,
    alert="template_stopped",
)
_PAGE = Policy(
    Action.PAGE,
    "the account, its key or its signature: an operator must act",
    "短信账号、密钥或签名有问题，须运维处理",
    Wait.HUMAN,
    Rest.COUNTED,
    alert="channel_access",
)

POLICIES: Final[dict[str, Policy]] = {
    # busy
    "isp.SYSTEM_ERROR": _BUSY,
    "ServiceUnavailable": _BUSY,
    "Throttling": _BUSY,
    "Throttling.Api": _BUSY,
    "Throttling.User": _BUSY,
    "SignatureNonceUsed": _BUSY,
    # nobody says whether it was sent
    "InternalError": UNKNOWN,
    "isp.GATEWAY_ERROR": UNKNOWN,
    "isp.UNKNOWN": UNKNOWN,
    # the number
    "isv.MOBILE_NUMBER_ILLEGAL": _NUMBER,
    "isv.BLACK_KEY_CONTROL_LIMIT": _NUMBER,  # it complained or unsubscribed once: a list that nobody leaves
    "isv.CUSTOMER_REFUSED": _NUMBER,
    "isv.MOBILE_COUNT_OVER_LIMIT": _OURS,
    "isv.DENY_IP_RANGE": _PAGE,
    # what we said
    "isv.SMS_CONTENT_ILLEGAL": _WORDS,
    "isv.UNSUPPORTED_CONTENT": _WORDS,
    "isv.SMS_CONTENT_MISMATCH_TEMPLATE_TYPE": _WORDS,
    "isv.INVALID_JSON_PARAM": _OURS,
    "isv.INVALID_PARAMETERS": _OURS,
    "isv.PARAM_LENGTH_LIMIT": _OURS,
    "isv.PARAM_NOT_SUPPORT_URL": _OURS,
    "isv.TEMPLATE_MISSING_PARAMETERS": _OURS,
    "isv.TEMPLATE_PARAMS_ILLEGAL": _OURS,
    # template and signature
    "isv.SMS_TEMPLATE_ILLEGAL": _TEMPLATE,
    "isv.DOMESTIC_NUMBER_NOT_SUPPORTED": _TEMPLATE,  # it is one for numbers abroad
    "isv.SMS_TEST_NUMBER_LIMIT": _TEMPLATE,  # it is one for tests, as with the next two
    "isv.SMS_TEST_SIGN_TEMPLATE_LIMIT": _TEMPLATE,
    "isv.SMS_TEST_TEMPLATE_PARAMS_ILLEGAL": _TEMPLATE,
    "isv.SMS_SIGNATURE_ILLEGAL": _PAGE,
    "isv.SMS_SIGN_ILLEGAL": _PAGE,
    "isv.SIGN_STATE_ILLEGAL": _PAGE,
    "SIGNATURE_BLACKLIST": _PAGE,
    "isv.EXTEND_CODE_ERROR": _PAGE,  # codes behind the signature, of which we send none: set at the provider's
    "isv.ONE_CODE_MULTIPLE_SIGN": _PAGE,
    "isv.CODE_EXCEED_LIMIT": _PAGE,
    "isv.CODE_ERROR": _PAGE,
    "isv.SMS_SIGNATURE_SCENE_ILLEGAL": _TEMPLATE,
    # the account
    "isv.ACCOUNT_ABNORMAL": _PAGE,
    "isv.ACCOUNT_NOT_EXISTS": _PAGE,
    "isv.SECURITY_FROZEN_ACCOUNT": _PAGE,
    "isv.AMOUNT_NOT_ENOUGH": _PAGE,
    "isv.OUT_OF_SERVICE": _PAGE,
    "isv.PRODUCT_UNSUBSCRIBE": _PAGE,
    "isv.PRODUCT_UN_SUBSCRIPT": _PAGE,
    "isp.RAM_PERMISSION_DENY": _PAGE,
    "isv.DAY_LIMIT_CONTROL": Policy(
        Action.DEFER,
        "the account's own limit of a day",
        "短信账号当日发送已达上限",
        Wait.DAY,
        Rest.AT_ONCE,
        alert="channel_quota",
    ),
    "isv.MONTH_LIMIT_CONTROL": _PAGE,
    # the gateway
    "Forbidden.RAM": _PAGE,
    "IncompleteSignature": _PAGE,
    "InvalidAction.NotFound": _PAGE,
    "InvalidVersion": _PAGE,
    "InvalidAccessKeyId.Inactive": _PAGE,
    "InvalidAccessKeyId.NotFound": _PAGE,
    "InvalidTimeStamp.Expired": _PAGE,
    "SignatureDoesNotMatch": _PAGE,
}

_A_MINUTE = Policy(Action.DEFER, "this number's limit of a minute", "该号码本分钟接收短信已达上限", Wait.MINUTE)
_A_DAY = Policy(Action.DEFER, "this number's limit of an hour or a day", "该号码本小时或当日接收短信已达上限", Wait.DAY)
ANSWERS: Final = (*POLICIES.values(), UNLISTED, UNREACHED, UNKNOWN, _A_MINUTE, _A_DAY)
"""Every policy that `decide` may return."""


def decide(error: SmsError) -> Policy:
    """Return the line of the table for an error; a failure that may have happened is never retried."""
    if isinstance(error, SmsRefused):
        if error.errcode == LIMITED:
            return _A_MINUTE if "分钟" in error.errmsg or "minute" in error.errmsg.lower() else _A_DAY
        return POLICIES.get(error.errcode, UNLISTED)
    return UNREACHED if isinstance(error, SmsUnavailable) else UNKNOWN
