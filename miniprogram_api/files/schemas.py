"""What goes in and out of files."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from miniprogram_api.schema import At, Out, Query


class UploadQuery(Query):
    purpose: Literal["licence_photo", "question_photo", "attachment", "financing_evidence"] = Field(
        description="用途，决定允许的格式和大小"
    )


class LinkQuery(Query):
    expires: Annotated[int, Field(ge=0)]
    signature: Annotated[str, Field(max_length=100)]


class FileOut(Out):
    id: UUID
    purpose: str
    name: str
    media_type: str = Field(description="按文件内容判定，不是上传时声明的类型")
    size: int = Field(description="字节")
    created_at: At
    link: str = Field(description="打开文件的地址，10 分钟内有效；过期后重新查询")
