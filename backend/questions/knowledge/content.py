"""What is written in an article, checked the same way whether it comes from the console or from a file."""

import re
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from backend.foundation.texts import UNSEEN, one_line, seen

_WORD: Final = re.compile(r"[^\W_]")


def _worded(text: str) -> str:
    """Refuse what is seen but says nothing either: an article is found by its words, not by punctuation."""
    if not _WORD.search(text):
        raise ValueError(UNSEEN)
    return text


Text = Annotated[str, AfterValidator(seen), AfterValidator(_worded)]
Line = Annotated[Text, AfterValidator(one_line)]


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, str_strip_whitespace=True)


class PolicyCitation(_Written):
    """A version of a policy; its number, edition and title are added from the library when it is kept."""

    source: Literal["policies"]
    version_id: Annotated[UUID, Field(strict=False)]
    words: Annotated[
        Text, Field(min_length=1, max_length=300, description="引用的内容，如“第二条：月销售额10万元以下免征”")
    ]


class LawCitation(_Written):
    """A law or any other document that the library doesn't have."""

    source: Literal["law"]
    document: Annotated[Line, Field(min_length=1, max_length=200)]
    article: Annotated[Line, Field(min_length=1, max_length=100)]
    sentence: Annotated[Text, Field(min_length=1, max_length=1_000)]


Citation = Annotated[PolicyCitation | LawCitation, Field(discriminator="source")]


def _each_once(lines: list[str]) -> list[str]:
    if len(set(lines)) < len(lines):
        raise ValueError("同一种问法只写一次")
    return lines


def _cited_once(citations: list[PolicyCitation | LawCitation]) -> list[PolicyCitation | LawCitation]:
    told = [one.model_dump_json() for one in citations]
    if len(set(told)) < len(told):
        raise ValueError("同一处依据只列一次")
    return citations


class ArticleContent(_Written):
    """Everything a person writes about an article. `asked_as`: how people ask for it, in their own words."""

    audience: Literal["public", "internal"]
    title: Annotated[Line, Field(min_length=1, max_length=100)]
    body: Annotated[Text, Field(min_length=1, max_length=20_000, description="Markdown")]
    category: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,40}$")] = Field(description="事项类别的代码")
    asked_as: Annotated[
        list[Annotated[Line, Field(min_length=2, max_length=100)]], Field(max_length=20), AfterValidator(_each_once)
    ] = Field(default=[], description="常见问法和关键词")
    citations: Annotated[list[Citation], Field(max_length=20), AfterValidator(_cited_once)] = []

    def plain(self) -> dict[str, Any]:
        """Return the columns that hold the text as it was written, all but the citations."""
        return self.model_dump(exclude={"citations"})
