"""Why something about financing is refused."""

from backend.foundation.errors import Invalid


class TermsWrong(Invalid):
    code = "financing.terms_wrong"
    title = "贷款条件有误"
    sentence = "贷款条件有误，请按提示修改。"


class NoRate(Invalid):
    code = "financing.no_rate"
    title = "无法计算年化成本"
    sentence = "到手金额须大于 0 且有还款才能计算年化成本，请核对本金和各项费用。"
