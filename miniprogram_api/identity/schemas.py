"""What goes in and out of sign-in and binding."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from miniprogram_api.schema import At, In, Line, Moment, Out, PageQuery, Readable

Code = Annotated[str, Field(min_length=1, max_length=512, pattern=r"^[\x21-\x7e]+$")]
Reason = Annotated[Readable, Field(max_length=200)]


class SignIn(In):
    code: Code = Field(description="wx.login 返回的 code")
    consent_version: Annotated[str, Field(max_length=40)] = Field(description="用户同意的隐私说明版本")
    client: Annotated[Readable, Field(max_length=200)] = Field("", description="设备名称，显示在“我的设备”")


class SessionOut(Out):
    session_id: UUID
    person_id: UUID
    token: str = Field(description="放入 Authorization: Bearer，30 天内使用自动续期")
    expires_at: At
    has_phone: bool


class DeviceOut(Out):
    id: UUID
    client: str
    created_at: At
    seen_at: At
    is_current: bool


class DevicesOut(Out):
    items: list[DeviceOut]


class MeOut(Out):
    id: UUID
    phone: str | None = Field(description="遮盖后的号码；未验证则为空", examples=["138****0000"])
    created_at: At
    enterprises: int = Field(description="可代表办事的企业数")
    needs_consent: bool = Field(description="隐私说明已更新，应请用户阅读并同意新版本")


class BindPhone(In):
    code: Code = Field(description="getPhoneNumber 按钮返回的 code")


class PhoneOut(Out):
    phone: str = Field(description="遮盖后的号码", examples=["138****0000"])


class Claim(In):
    uscc: Annotated[str, Field(min_length=18, max_length=40)] = Field(description="统一社会信用代码")
    representative_name: Line = Field(description="营业执照上的法定代表人或经营者姓名")
    role: Literal["manager", "representative"] = "manager"
    licence_file_id: UUID | None = Field(None, description="营业执照照片；需要人工审核时请上传")


class ClaimOut(Out):
    state: Literal["active", "pending"] = Field(description="active 已绑定；pending 等待工作人员审核")
    binding_id: UUID | None
    review_id: UUID | None


class BindingOut(Out):
    id: UUID
    enterprise_id: UUID
    enterprise: str
    uscc: str
    role: str
    state: str = Field(description="pending 因异议暂停；read_only 须重新验证")
    scope: list[str]
    until: At | None
    prove_by: At | None
    created_at: At


class OwnClaimOut(Out):
    id: UUID
    uscc: str
    role: str
    state: str
    reason: str | None
    created_at: At
    decided_at: At | None


class MyBindingsOut(Out):
    bindings: list[BindingOut]
    claims: list[OwnClaimOut]


class ColleagueOut(Out):
    id: UUID
    phone: str | None
    is_me: bool
    role: str
    state: str
    scope: list[str]
    until: At | None
    created_at: At


class ColleaguesOut(Out):
    items: list[ColleagueOut]


class Invite(In):
    role: Literal["manager", "clerk"]
    scope: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=20)] = Field(
        [], description="经办人员可办理的事项"
    )
    until: Moment | None = Field(None, description="经办人员的截止时间")


class InvitationOut(Out):
    id: UUID
    code: str = Field(description="一次有效，72 小时内使用")
    expires_at: At


class Accept(In):
    code: Code


class BoundOut(Out):
    binding_id: UUID


class ReviewOpenedOut(Out):
    review_id: UUID


class ReviewsQuery(PageQuery):
    state: Literal["pending", "approved", "refused", "withdrawn", "all"] = "pending"
    kind: Literal["claim", "objection"] | None = None
    role: Literal["representative", "manager"] | None = None
    text: Annotated[str, Field(min_length=2, max_length=60, description="企业名称的一部分，或信用代码开头")] | None = (
        None
    )


class ReviewOut(Out):
    id: UUID
    kind: Literal["claim", "objection"]
    kind_word: str = Field(description="类别的中文")
    state: str
    state_word: str = Field(description="状态的中文")
    uscc: str
    role: str
    role_word: str = Field(description="申请的身份")
    has_licence: bool = Field(description="是否附有证照照片")
    binding_id: UUID | None
    reason: str | None
    created_at: At
    decided_at: At | None
    decided_by: UUID | None = Field(description="审核人编号")
    decided_by_name: str | None = Field(description="审核人")
    enterprise_id: UUID | None
    enterprise: str | None = Field(description="登记库中的名称；库中没有则为空")
    representative_written: str | None = Field(description="申请人填写的姓名")
    representative_registered: str | None = Field(description="登记的姓名")
    phone: str | None


class ReviewDetailOut(ReviewOut):
    enterprise_status: str | None
    enterprise_status_word: str | None = Field(description="登记状态的中文")
    entity_type_word: str | None = Field(description="主体类型的中文")
    founded_on: date | None
    district_name: str | None
    address: str | None
    phone_is_registered: bool | None = Field(description="申请人验证过的手机号是否为登记电话；任一缺失为空")
    waits_for_phone: bool = Field(description="绑定人验证过的手机号已不归他使用，重新验证前不能维持绑定")
    managers: int = Field(description="该企业现有的管理人员数，至多 5 人")
    has_representative: bool = Field(description="该企业是否已有法定代表人绑定")
    binding_state: str | None = Field(description="被异议的绑定的状态")
    binding_state_word: str | None = Field(description="被异议的绑定的状态，中文")
    binding_basis: str | None = Field(description="被异议的绑定凭什么建立")
    binding_basis_word: str | None = Field(description="被异议的绑定凭什么建立，中文")
    bound_at: At | None = Field(description="被异议的绑定的建立时间")
    objector_phone: str | None = Field(description="异议人的手机号，打码")
    licence_name: str | None = Field(description="证照照片的文件名")
    licence_type: str | None = Field(description="证照照片的文件类型")
    may: list[Literal["approve", "refuse", "open_licence"]] = Field(description="现在可以做的事")


class LicenceOut(Out):
    link: str = Field(description="打开证照照片的地址，10 分钟内有效；查看记入审计")
    media_type: str = Field(description="文件类型")


class Approve(In):
    reason: Reason = ""


class Refuse(In):
    reason: Annotated[Readable, Field(min_length=1, max_length=200)]
