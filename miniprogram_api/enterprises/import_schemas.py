"""What the endpoints about registry imports take and give."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from backend.enterprises.models import ImportState
from miniprogram_api.schema import At, CountedPage, Line, Out, PageQuery, Query


class ImportsQuery(PageQuery):
    state: ImportState | None = Field(None, description="导入的状态")


class UploadQuery(Query):
    name: Annotated[Line, Field(max_length=200, description="文件名", examples=["登记数据2026-11.xlsx"])]
    as_of: date | None = Field(None, description="数据日期；不填为今天，内容相同的文件沿用首次导入的日期")


class SameImportOut(Out):
    id: UUID
    file_name: str
    finished_at: At | None


class ImportOut(Out):
    id: UUID
    file_name: str
    size_bytes: int = Field(description="文件大小，字节")
    bytes_read: int = Field(description="已读到的字节；与文件大小相比即进度")
    as_of: date = Field(description="数据日期")
    state: ImportState = Field(description="状态：waiting、running、done、failed、cancelled")
    state_word: str = Field(description="状态的中文")
    problem: str | None = Field(description="未能导入的原因")
    rows: int = Field(description="已处理的行数")
    rows_new: int = Field(description="新增的企业数")
    rows_changed: int = Field(description="有变化的企业数")
    rows_same: int = Field(description="没有变化的行数")
    rows_bad: int = Field(description="被退回的行数")
    ignored_columns: list[str] = Field(description="文件中未使用的列；完成后给出")
    has_errors: bool = Field(description="是否有错误文件可下载")
    is_upload: bool = Field(description="是否在此上传；否则由命令行导入")
    equals: SameImportOut | None = Field(description="内容完全相同、此前已完成的一次导入")
    actor_id: UUID | None = Field(description="上传人编号")
    by: str = Field(description="上传人")
    started_at: At = Field(description="提交时间")
    updated_at: At = Field(description="最近有进展的时间")
    finished_at: At | None = Field(description="结束时间")
    may: list[Literal["cancel", "download_errors"]] = Field(description="现在可以做的事")


class ImportPage(CountedPage[ImportOut]):
    most_bytes: int = Field(description="一个文件最多多少字节")


class ImportColumnOut(Out):
    key: str = Field(description="英文列名", examples=["uscc"])
    name: str = Field(description="列名", examples=["统一社会信用代码"])
    others: list[str] = Field(description="其他可用列名")
    content: str = Field(description="内容")


class ImportColumnsOut(Out):
    items: list[ImportColumnOut]
