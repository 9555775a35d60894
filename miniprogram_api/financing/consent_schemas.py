"""What is told of a consent: what may be ticked, what was signed, who read it, and its proof."""

from typing import Any
from uuid import UUID

from pydantic import Field

from miniprogram_api.schema import At, Out


class ConsentOut(Out):
    id: UUID
    referral_id: UUID
    recipient: str = Field(description="接收方")
    contact: str = Field(description="接收方联系方式")
    purpose: str = Field(description="目的")
    kinds: list[str] = Field(description="数据种类代码")
    kind_titles: list[str] = Field(description="数据种类")
    fields: list[str] = Field(description="数据项代码")
    sensitive_fields: list[str] = Field(description="须单独同意的数据项代码")
    method: str = Field(description="方式：desk 对接岗在线查看，interface 接口")
    text_version: str = Field(description="告知文本版本")
    sensitive_version: str | None = Field(description="单独同意文本版本")
    signed_as: str = Field(description="以何种身份签署")
    signed_at: At = Field(description="签署时间")
    expires_at: At = Field(description="失效时间")
    revoked_at: At | None = Field(description="撤回或终止的时间")
    ended_with_need: bool = Field(description="是否随需求结束而终止；企业单独撤回的为否")
    reads_before_revoke: int | None = Field(description="撤回或终止前被查看的次数")
    reads: int = Field(description="被查看的次数")
    is_live: bool = Field(description="现在是否有效")


class ReadOut(Out):
    id: UUID
    consent_id: UUID
    at: At = Field(description="查看时间")
    method: str = Field(description="方式")
    institution: str | None = Field(description="机构")
    desk: str | None = Field(description="对接岗")
    reader: str | None = Field(description="查看人")
    fields: list[str] = Field(description="数据项代码")
    titles: list[str] = Field(description="看了哪几项")
    paper: str | None = Field(description="打开了哪一份证明材料；看的是数据项时为空")


class DataKindOut(Out):
    key: str = Field(description="代码")
    title: str = Field(description="数据种类")
    fields: list[str] = Field(description="包含的数据项")
    why: str = Field(description="为什么需要")
    is_separate: bool = Field(description="是否须单独同意")
    is_needed: bool = Field(description="是否对接所必需")


class ChoicesOut(Out):
    purposes: dict[str, str] = Field(description="用途")
    collateral: dict[str, str] = Field(description="担保方式")
    repayments: dict[str, str] = Field(description="还款方式")
    standards: dict[str, str] = Field(description="五项标准")
    kinds: list[DataKindOut] = Field(description="可以授权的数据种类")
    methods: dict[str, str] = Field(description="可以同意的查看方式")
    text_version: str = Field(description="告知文本的现行版本")
    separate_version: str = Field(description="单独同意文本的现行版本")
    consent_days: int = Field(description="授权最长多少天")


class ProofOut(Out):
    payload: dict[str, Any] = Field(description="证明的内容")
    algorithm: str = Field(description="签名算法", examples=["Ed25519"])
    public_key: str = Field(description="验证签名的公钥（base64）")
    signature: str = Field(description="对内容规范形式的签名（base64）")
