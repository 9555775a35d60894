"""What goes in and out of the configuration of categories."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from miniprogram_api.schema import At, In, Line, Out, Readable

Skill = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,29}$", description="所需专长的代码")]


class CategorySettings(In):
    title: Annotated[Line, Field(max_length=30, description="类别名称")]
    hint: Annotated[Readable, Field(max_length=100, description="填写提示")] = ""
    accept_days: Annotated[int, Field(ge=1, le=30, description="接办期限，工作日")]
    answer_days: Annotated[int, Field(ge=1, le=90, description="首次答复期限，工作日")]
    solution_days: Annotated[int, Field(ge=1, le=180, description="办结期限，工作日")]
    statutory_days: Annotated[int, Field(ge=1, le=365)] | None = Field(None, description="法定期限，工作日；没有的不填")
    basis: Annotated[Readable, Field(max_length=200, description="法定期限的依据，有法定期限时必填")] = ""
    pause_days: Annotated[int, Field(ge=0, le=180, description="全部暂停合计的上限，工作日")]
    skill: Skill | None = Field(None, description="所需专长的代码")
    weight: Annotated[int, Field(ge=1, le=9, description="分派时折算的工作量")] = 1
    is_for_owners: bool = Field(default=False, description="经营者能否自己选择")
    position: Annotated[int, Field(ge=0, le=30000, description="排列次序")] = 0


class AddCategory(CategorySettings):
    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,40}$", description="代码，定后不改")]
    parent: Annotated[Line, Field(max_length=42, description="上级类别的代码")]


class RouteIn(In):
    district: Annotated[
        str, Field(pattern=r"^(\d{2}|\d{4}|\d{6}|\d{9}|\d{12})?$", description="行政区划代码，全市为空")
    ]
    unit_id: UUID = Field(description="承办单位")


class SetRoutes(In):
    routes: Annotated[list[RouteIn], Field(max_length=200, description="各地的承办单位，整体替换")]


class RouteOut(Out):
    district: str = Field(description="行政区划代码，全市为空")
    unit_id: UUID = Field(description="承办单位编号")
    unit: str = Field(description="承办单位")


class CategoryOut(Out):
    key: str = Field(description="代码")
    parent: str | None = Field(description="上级类别的代码")
    title: str = Field(description="类别名称")
    hint: str = Field(description="填写提示")
    kind: str = Field(description="consult 咨询、help 求助、suggestion 建议、complaint 投诉、service 服务")
    accept_days: int = Field(description="接办期限，工作日")
    answer_days: int = Field(description="首次答复期限，工作日")
    solution_days: int = Field(description="办结期限，工作日")
    statutory_days: int | None = Field(description="法定期限，工作日")
    basis: str = Field(description="法定期限的依据")
    pause_days: int = Field(description="全部暂停合计的上限，工作日")
    skill: str | None = Field(description="所需专长的代码")
    weight: int = Field(description="分派时折算的工作量")
    is_for_owners: bool = Field(description="经营者能否自己选择")
    position: int = Field(description="排列次序")
    version: int = Field(description="If-Match 所用的版本号")
    closed_at: At | None = Field(description="停用时间")
    is_leaf: bool = Field(description="能否直接用于登记事项")
    routes: list[RouteOut] = Field(description="各地的承办单位")


class CategoriesOut(Out):
    items: list[CategoryOut] = Field(description="全部类别，含已停用的")


class CategorySavedOut(Out):
    key: str = Field(description="代码")
    version: int = Field(description="新的版本号，下次 If-Match 用它")
