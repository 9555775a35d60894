"""What goes in and out about papers to the five standards."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from miniprogram_api.schema import At, In, Out

Standard = Literal["operating", "premises", "need", "credit", "lawful_use"]


class AddEvidence(In):
    standard: Standard = Field(description="证明哪一项标准")
    file_id: UUID = Field(description="上传文件（用途 financing_evidence）后返回的编号")


class AddedOut(Out):
    id: UUID = Field(description="证明材料编号")


class PaperOut(Out):
    id: UUID = Field(description="证明材料编号")
    standard: str = Field(description="证明哪一项标准")
    title: str = Field(description="标准")
    name: str = Field(description="文件名")
    media_type: str = Field(description="按文件内容判定的类型")
    size: int = Field(description="字节")
    sha256: str = Field(description="文件的 SHA-256，十六进制")
    added_at: At = Field(description="添加时间")


class OwnPaperOut(PaperOut):
    link: str | None = Field(description="打开文件的地址，10 分钟内有效，只给企业自己；其他人为空")
