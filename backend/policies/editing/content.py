"""What is written in a policy, checked the same way whether it comes from the console or from a file."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from backend.eligibility import Rule, RuleInvalid
from backend.eligibility.durations import FIRST_DAY, LAST_DAY
from backend.foundation.texts import one_line, readable, seen
from backend.policies.rules import parse_stored

ISSUED: Final = r"^(19|2[01])[0-9]{2}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$"
NUMBER: Final = r"^[A-Z0-9][A-Z0-9-]{1,31}$"

RULE_MARK: Final = "x-rule"
"""Marks a field that holds a rule, so that the API's description says there what a rule is."""
_ITSELF: Final = "政策不能与自己相互排斥，请填写另一项政策的编号"


def _existing_day(issued: str) -> str:
    if len(issued) == len("2026-01-31"):
        try:
            date.fromisoformat(issued)
        except ValueError:
            raise ValueError("没有这一天，请核对") from None
    return issued


def _of_our_time(day: date) -> date:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(f"日期须在{FIRST_DAY.year}年至{LAST_DAY.year}年之间")
    return day


Text = Annotated[str, AfterValidator(readable)]
Line = Annotated[Text, AfterValidator(one_line), AfterValidator(seen)]
Day = Annotated[date, AfterValidator(_of_our_time)]


class Link(BaseModel):
    """A page on the web with the words it is shown by."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, str_strip_whitespace=True)

    title: Annotated[Line, Field(min_length=1, max_length=100)]
    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s\x00-\x20]{3,500}$")]


class Citation(BaseModel):
    """Where something stands written."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, str_strip_whitespace=True)

    document: Annotated[Text, Field(min_length=1, max_length=200)]
    article: Annotated[Text, Field(min_length=1, max_length=100)]
    sentence: Annotated[Text, Field(min_length=1, max_length=1_000)]


class Exclusion(BaseModel):
    """Another policy, by its number, that can't be had beside this one, and where that stands written."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, str_strip_whitespace=True)

    number: Annotated[str, StringConstraints(pattern=NUMBER)]
    citation: Citation


def _each_once(exclusions: list[Exclusion]) -> list[Exclusion]:
    if len({one.number for one in exclusions}) < len(exclusions):
        raise ValueError("同一项政策只能列一次")
    return exclusions


class PolicyContent(BaseModel):
    """Everything a person writes about a policy.

    `issued_on` is as exact as it is known: a year, a month or a day. `links` are for owners, `sources` are the pages
    that staff checked it against; `verification` says how far. `reference_only`: of another place, never published.
    `correction`: what was wrong with the edition before; owners read it, and those who were told hear of it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, str_strip_whitespace=True)

    title: Annotated[Line, Field(min_length=1, max_length=200)]
    doc_no: Annotated[Text, Field(max_length=100)] = ""
    issuer: Annotated[Line, Field(min_length=1, max_length=200)]
    level: Literal["national", "province", "city", "county"]
    region: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{6,7}$")]
    issued_on: Annotated[str, StringConstraints(pattern=ISSUED), AfterValidator(_existing_day)]
    effective_from: Day
    effective_to: Day | None = None
    apply_from: Day | None = None
    apply_until: Day | None = None
    category: Annotated[Line, Field(min_length=1, max_length=20)]
    action: Literal["policies", "financing", "supervision", "assistance"]
    summary: Annotated[Line, Field(min_length=1, max_length=120)]
    body: Annotated[Text, Field(max_length=50_000)] = ""
    benefit: Annotated[Text, Field(min_length=1, max_length=1_000)]
    how_to_apply: Annotated[Text, Field(min_length=1, max_length=2_000)]
    contact: Annotated[Text, Field(max_length=200)] = ""
    links: Annotated[list[Link], Field(max_length=20)] = []
    sources: Annotated[list[Link], Field(max_length=20)] = []
    verification: Literal["law_text", "excerpt", "partial"]
    note: Annotated[Text, Field(max_length=1_000)] = ""
    reference_only: bool = False
    rule: Annotated[dict[str, Any], Field(json_schema_extra={RULE_MARK: True})]
    exclusions: Annotated[list[Exclusion], Field(max_length=20), AfterValidator(_each_once)] = []
    correction: Annotated[Text, Field(max_length=500)] = ""

    @model_validator(mode="after")
    def _dates_in_order(self) -> Self:
        if self.effective_to is not None and self.effective_to < self.effective_from:
            raise ValueError("失效日期不能早于生效日期")
        if self.apply_from and self.apply_until and self.apply_until < self.apply_from:
            raise ValueError("申报截止日期不能早于开始日期")
        return self

    def excludes(self, number: str) -> bool:
        return any(one.number == number for one in self.exclusions)

    def parsed_rule(self) -> Rule:
        """Return the rule over our fact catalogue; raises RuleInvalid with every wrong place under `rule`."""
        try:
            return parse_stored(self.rule)
        except RuleInvalid as refusal:
            fields = tuple(replace(field, path=f"rule{field.path.removeprefix('$')}") for field in refusal.fields)
            raise RuleInvalid(refusal.detail, fields) from None

    def columns(self) -> dict[str, Any]:
        """Return the columns of a version; the rule goes in its one spelling, so that equal rules look equal."""
        rule = self.parsed_rule()
        return {
            **self.model_dump(exclude={"rule", "number"}),
            "rule": dict(rule.document),
            "rule_hash": rule.hash,
        }


class NumberedPolicy(PolicyContent):
    """A policy with the number it goes by; without one it gets the next of the day."""

    number: Annotated[str, StringConstraints(pattern=NUMBER)] | None = None

    @model_validator(mode="after")
    def _another(self) -> Self:
        if self.number is not None and self.excludes(self.number):
            raise ValueError(_ITSELF)
        return self
