"""What the publishing endpoints take and give."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from backend.policies.editing.attachments import MOST
from miniprogram_api.schema import At, In, Line, Moment, Out


class PublishPolicy(In):
    at: Moment | None = Field(
        None, description="定时发布的时间，最多提前 180 天；不填则立即发布，或在新版本生效之日发布"
    )


class AttachFile(In):
    file_id: UUID = Field(description="上传附件后得到的文件编号")
    title: Annotated[Line, Field(max_length=100)]


def _each_once(files: list[AttachFile]) -> list[AttachFile]:
    if len({one.file_id for one in files}) < len(files):
        raise ValueError("同一文件只能添加一次")
    return files


class AttachFiles(In):
    attachments: Annotated[list[AttachFile], Field(max_length=MOST), AfterValidator(_each_once)] = Field(
        description="全部附件，按显示顺序；未列出的从草稿中移除"
    )


class UploadedOut(Out):
    """A file that may now be attached."""

    file_id: UUID
    name: str
    mime: str = Field(description="按文件内容判定，不是上传时声明的类型")
    size: int = Field(description="字节")
    url: str = Field(description="打开文件的地址，10 分钟内有效")


class AttachmentOut(Out):
    edition: int
    state: str
    file_id: UUID
    name: str
    title: str
    mime: str
    size: int = Field(description="字节")
    url: str = Field(description="打开文件的地址，10 分钟内有效")


class AttachmentsOut(Out):
    items: list[AttachmentOut]


class NamingPolicyOut(Out):
    id: UUID
    number: str
    edition: int
    title: str


class DeadLinkOut(Out):
    id: UUID
    url: str
    status: int | None = Field(description="网站最后一次返回的 HTTP 状态，没有响应为 null")
    problem: str = Field(
        description="gone 页面不存在，server_error 网站出错，timeout 超时，no_such_host 域名不存在，"
        "no_connection 无法连接，certificate 证书有误，redirects 跳转过多，private_address 内网地址，"
        "bad_address 网址有误"
    )
    checked_at: At
    dead_since: At
    policies: list[NamingPolicyOut] = Field(description="引用此链接的政策")
