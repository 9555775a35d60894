"""What the endpoints around an enterprise take and give."""

from uuid import UUID

from pydantic import Field

from backend.enterprises.timeline import Kind
from miniprogram_api.schema import At, CountedPage, Out, PageQuery


class TimelineQuery(PageQuery):
    kind: list[Kind] = Field([], description="只看这些种类：act 办理、facts 信息、binding 绑定；可重复", max_length=3)


class HappenedToOut(Out):
    at: At
    kind: Kind
    kind_word: str = Field(description="种类的中文")
    what: str = Field(description="事项代码，或有变化的信息项")
    what_word: str = Field(description="办了什么，中文")
    by_kind: str
    by_kind_word: str = Field(description="由谁办理，中文")
    by_name: str | None = Field(description="办理的工作人员")


class BoundQuery(PageQuery):
    with_ended: bool = Field(False, description="连同已结束的")


class BoundPersonOut(Out):
    id: UUID
    person_id: UUID = Field(description="经营者账号，代约走访等时用以指明联系谁")
    role: str
    role_word: str = Field(description="身份的中文")
    state: str
    state_word: str = Field(description="状态的中文")
    basis: str = Field(description="凭什么绑定")
    basis_word: str = Field(description="凭什么绑定，中文")
    scope: list[str]
    phone: str | None = Field(description="始终打码")
    until: At | None
    prove_by: At | None
    reason: str | None
    created_at: At
    ended_at: At | None


TimelinePage = CountedPage[HappenedToOut]
BoundPage = CountedPage[BoundPersonOut]
