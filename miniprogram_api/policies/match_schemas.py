"""What the endpoints about answers given earlier tell."""

from datetime import date
from uuid import UUID

from pydantic import Field

from miniprogram_api.policies.schemas import WhyOut
from miniprogram_api.schema import Out


class MatchedVersionOut(Out):
    """The version of the policy that was answered then."""

    id: UUID = Field(description="政策编号")
    number: str
    title: str
    doc_no: str
    issuer: str
    edition: int = Field(description="当时所依据的是第几版")
    state: str = Field(description="该版本现在的状态")


class MatchOut(Out):
    """An answer as it was given then; without one when the rule can no longer be read."""

    policy: MatchedVersionOut
    on: date = Field(description="按哪一天的情况判断")
    match_id: str
    answer: str | None
    why: WhyOut | None
    is_identical: bool = Field(description="重新推算的结果与当时逐字相同")
    catalogue_changed: bool = Field(description="信息项的规则此后改过，重新推算的结果可能与当时不同")
