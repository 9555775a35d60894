"""What goes in and out of consents."""

from typing import Annotated
from uuid import UUID

from pydantic import AliasChoices, Field

from miniprogram_api.schema import At, In, Out, Query

Purpose = Annotated[str, Field(min_length=1, max_length=40)]
Version = Annotated[str, Field(min_length=1, max_length=40)]


class TextQuery(Query):
    version: Version | None = Field(None, description="查看曾经同意的版本；默认为现行版本")


class TextOut(Out):
    purpose: str
    version: str
    body: str = Field(description="Markdown")
    sha256: str = Field(description="原文的 SHA-256，同意时一并记录")
    is_current: bool


class GiveConsent(In):
    purpose: Purpose
    version: Version = Field(description="用户读到的版本")


class ConsentOut(Out):
    id: UUID
    purpose: str
    version: Annotated[str, Field(validation_alias=AliasChoices("version", "text_version"))]
    given_at: At
    given_from: str | None = Field(description="同意的途径")
    revoked_at: At | None


class ConsentsOut(Out):
    items: list[ConsentOut]


class ProfilingOut(Out):
    refused: bool = Field(description="是否已选择“不要按我的画像推送”")
