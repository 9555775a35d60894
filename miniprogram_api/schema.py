"""What requests and answers are made of: strict input, output with times of Huzhou, pages, ready types.

Input models derive from `In` (unknown fields are refused, `"1"` is no number, texts are stripped of outer blanks),
query models from `Query`, output models from `Out`. Every whole number fits an int8 and no text holds NUL: the door
checks that for all models (`validation.py`), so the database never has to.
"""

from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from backend.foundation.clock import SHANGHAI
from backend.foundation.texts import readable, seen

T = TypeVar("T")

MAX_LIMIT = 100
_YEARS = range(1900, 2200)


def rfc3339(moment: datetime) -> str:
    """Return a moment as every answer tells it: RFC 3339, whole seconds, +08:00."""
    return moment.astimezone(SHANGHAI).isoformat(timespec="seconds")


def _of_our_time(moment: datetime) -> datetime:
    """Refuse what overflows as soon as somebody else's time zone is asked for."""
    if moment.year not in _YEARS:
        raise ValueError("时间须在 1900 年至 2199 年之间")
    return moment


# A moment in a request.
Moment = Annotated[AwareDatetime, AfterValidator(_of_our_time)]
# A moment in an answer.
At = Annotated[
    datetime, PlainSerializer(rfc3339, return_type=str), WithJsonSchema({"type": "string", "format": "date-time"})
]
# One line of text that shows something; a longer or shorter one by `Annotated[Line, Field(max_length=…)]`.
Line = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$"), AfterValidator(seen)
]
# Several lines of text that shows something.
Text = Annotated[str, StringConstraints(min_length=1, max_length=4000), AfterValidator(seen)]
# Text of whatever length its field allows; one that shows nothing is the empty one.
Readable = Annotated[str, AfterValidator(readable)]


class In(BaseModel):
    """A request's body."""

    model_config = ConfigDict(extra="forbid", strict=True, str_strip_whitespace=True, allow_inf_nan=False, frozen=True)


class Query(BaseModel):
    """A request's query string; values come as text, a name may be repeated for a list."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, allow_inf_nan=False, frozen=True)


class PageQuery(Query):
    """The query of a list; `backend.foundation.paging` reads the cursor."""

    cursor: Annotated[str | None, Field(max_length=300, description="上一页返回的 next")] = None
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="每页条数")] = 20


class Out(BaseModel):
    """An answer; it may also be built as a plain dict or as JSON in SQL, `returns` then only documents it."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, from_attributes=True, json_schema_serialization_defaults_required=True
    )


class Page(Out, Generic[T]):
    """One page of a list; `next` is the cursor of the following one, null on the last."""

    items: list[T]
    next: str | None = None


class CountedPage(Page[T], Generic[T]):
    """A page of a list for staff, with how many fit its filter."""

    count: int | None = Field(description="符合条件的总数；只在第一页给出，翻页后为空")
    count_is_at_least: bool = Field(description="为真时至少有这么多，没有再数下去")


class Problem(BaseModel):
    """What every refusal looks like (RFC 9457)."""

    type: str = Field(examples=["/problems/conflict"])
    title: str
    status: int
    code: str = Field(description="稳定的错误代码，程序按此判断")
    detail: str = Field(description="给用户看的中文说明")
    request_id: str
    fields: list["ProblemField"] | None = Field(None, description="填写有误的字段")
    permission: str | None = Field(None, description="缺少的权限")


class ProblemField(BaseModel):
    path: str = Field(examples=["facts.0.value"])
    code: str
    sentence: str


def as_plain(value: Any) -> Any:
    """Return what orjson cannot write itself: moments as +08:00, models as dicts, exact numbers as text."""
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return str(value)
