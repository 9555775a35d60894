"""What the endpoints of the door take and give: tickets, scans, who did not come, invitations beyond the seats."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from backend.salons.door.scanning import MOST
from miniprogram_api.salons.schemas import Words
from miniprogram_api.schema import At, In, Line, Moment, Out, Text


class TicketOut(Out):
    signup_id: UUID
    salon_id: UUID
    title: str
    time: str = Field(description="活动时间", examples=["2026年12月10日 14:00~16:00"])
    address: str
    way: str
    attendee: str
    token: str = Field(description="入场码的内容，Ed25519签名，可离线验证")
    code: str = Field(description="扫不出时手工输入的8位码", examples=["MFRGGZDF"])
    svg: str = Field(description="入场码图片（SVG）")


_SCANS = [
    {
        "id": "01a1b2c3-0000-7000-8000-000000000001",
        "code": "MFRGGZDF",
        "direction": "in",
        "scanned_at": "2026-12-10T13:50:00+08:00",
    }
]


class ReissueTicket(In):
    reason: Words


class TicketKeyOut(Out):
    id: str = Field(description="密钥的名称（十六进制，4字节：公钥SHA-256的前4字节）", examples=["9f86d081"])
    public_key: str = Field(description="验证入场码的公钥（base64，32字节）")


class CheckInBundleOut(Out):
    salon_id: UUID
    title: str
    algorithm: str = Field(description="签名算法", examples=["Ed25519"])
    public_keys: list[TicketKeyOut] = Field(description="现用的密钥在前，其后是更换前的密钥")
    version: int = Field(
        description="入场码格式的版本，现为2：1字节版本、4字节密钥名称、1字节参加方式（0现场，1线上；线上的没有现场席位，不放行）、"
        "16字节沙龙、16字节报名、8字节随机数，后接64字节签名。版本1没有密钥名称和参加方式：逐个密钥验证，参加方式以名单为准"
    )
    valid_from: At = Field(description="开始签到的时间")
    valid_until: At = Field(description="停止签到的时间")
    revoked: list[str] = Field(description="已作废入场码的随机数（十六进制）")
    made_at: At = Field(description="生成时间；联网后应重新下载")


class ScanIn(In):
    """What a device read: exactly one of `token`, `code`, `signup_id`."""

    id: UUID = Field(description="设备为这次扫码生成的编号；重复上传同一编号只算一次")
    direction: Literal["in", "out"] = Field("in", description="in 进场，out 离场")
    scanned_at: Moment = Field(description="扫码时间，以设备时钟为准")
    token: Annotated[str, Field(max_length=400)] | None = Field(None, description="入场码的内容")
    code: Annotated[Line, Field(max_length=8)] | None = Field(None, description="手工输入的8位码")
    signup_id: UUID | None = Field(None, description="在名单中选定的报名")

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if sum(one is not None for one in (self.token, self.code, self.signup_id)) != 1:
            raise ValueError("入场码、手工码、报名编号须且只须填一个")
        return self


class UploadScans(In):
    device: Annotated[Line, Field(max_length=40, description="设备的名称", examples=["入口1"])]
    scans: Annotated[
        list[ScanIn], Field(min_length=1, max_length=MOST, description="扫码记录，最多500条", examples=[_SCANS])
    ]


class ScanOut(Out):
    id: UUID
    signup_id: UUID | None
    outcome: str = Field(
        description="entered 进场，left 离场，repeated 重复，conflict 一票多次进场，refused 未放行，undone 已撤销"
    )
    outcome_word: str = Field(description="结果")
    refusal: str | None = Field(description="未放行原因的代码")
    refusal_word: str = Field(description="未放行的原因")
    direction: str = Field(description="in 进场，out 离场")
    scanned_at: At = Field(description="扫码时间")
    device: str = Field(description="设备的名称")
    attendee: str
    enterprise: str
    way: str | None


class ScansOut(Out):
    items: list[ScanOut]


class UndoScan(In):
    reason: Words


class AttendanceOut(Out):
    inside: int = Field(description="报名现场参加、现在场内的人数")
    came: int = Field(description="报名现场参加、到过场的人数")
    expected: int = Field(description="报名现场参加、应到的人数")
    online_inside: int = Field(description="报名线上参加、由工作人员放行、现在场内的人数，不计入以上各数")
    online_came: int = Field(description="报名线上参加、由工作人员放行、到过场的人数，不计入以上各数")
    recent: list[ScanOut] = Field(description="最近收到的50次扫码，新的在前")
    conflicts: list[ScanOut] = Field(description="一票多次进场，须核实，最近200条")
    refused: list[ScanOut] = Field(description="未放行的扫码，最近200条")


class NoShowOut(Out):
    signup_id: UUID
    title: str
    starts_at: At
    noted_at: At = Field(description="登记时间")
    lowers_until: At = Field(description="在此之前候补次序靠后")
    explanation: str = Field(description="本人的说明")
    explained_at: At | None = Field(description="说明的时间")
    is_excused: bool | None = Field(description="是否采纳说明；未处理时为空")


class StandingOut(Out):
    rule: str = Field(description="公布的规则")
    lowered_until: At | None = Field(description="候补次序靠后到何时；不受影响时为空")
    items: list[NoShowOut] = Field(description="报名未到场的记录")


class ExplainNoShow(In):
    reason: Annotated[Text, Field(max_length=500, description="未到场的原因")]


class ExplainedOut(Out):
    signup_id: UUID
    salon_id: UUID
    title: str
    starts_at: At
    attendee: str
    enterprise: str
    noted_at: At = Field(description="登记时间")
    explanation: str = Field(description="本人的说明")
    explained_at: At = Field(description="说明的时间")


class ExplainedListOut(Out):
    items: list[ExplainedOut]


class DecideNoShow(In):
    is_excused: bool = Field(description="采纳说明，恢复候补次序")


class ExtraQuotaOut(Out):
    id: UUID
    title: str
    seats: int = Field(description="席位数")
    extra: int = Field(description="已设的超额邀请数")
    hard_limit: int = Field(description="场地能容纳的上限")
    taken: int = Field(description="已占用席位")
    proposed: int = Field(description="按到场率建议的超额邀请数")


class ExtraOut(Out):
    came: int = Field(description="近一年同系列或同主题沙龙到场人数")
    expected: int = Field(description="同期报名成功人数")
    low_percent: float = Field(description="到场率的95%区间下限（%）")
    high_percent: float = Field(description="到场率的95%区间上限（%）")
    is_enough: bool = Field(description="数据够不够；不够时不建议超额")
    quotas: list[ExtraQuotaOut]


class SetExtra(In):
    quota_id: UUID
    extra: Annotated[int, Field(ge=0, le=100_000, description="超额邀请数")]
