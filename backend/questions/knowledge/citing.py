"""What articles rest on: the modules whose versions can be cited, by name, and how a citation is kept.

Questions know no policy. The assembly hands down, by the name of a module, a function that tells of its versions.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Protocol
from uuid import UUID

from backend.foundation.errors import FieldError
from backend.questions.knowledge.content import ArticleContent, LawCitation, PolicyCitation
from backend.questions.knowledge.errors import SourceUnknown


class Reference(Protocol):
    """A version as its module tells of it: the thing it is a version of, and whether it holds now."""

    @property
    def version_id(self) -> UUID: ...
    @property
    def thing_id(self) -> UUID: ...
    @property
    def number(self) -> str: ...
    @property
    def edition(self) -> int: ...
    @property
    def title(self) -> str: ...
    @property
    def is_in_force(self) -> bool: ...
    @property
    def standing(self) -> str:
        """How it stands, in words."""


class Change(Protocol):
    """What became of a version that something may rest on: one of `CHANGE_WORDS`, and a sentence about it."""

    @property
    def version_id(self) -> UUID: ...
    @property
    def change(self) -> str: ...
    @property
    def words(self) -> str: ...


Citable = Callable[[Sequence[UUID]], Awaitable[Mapping[UUID, Reference]]]
"""Tells of the versions that are there and were released; inside a transaction none of them ends before it does."""
Citables = Mapping[str, Citable]

POLICIES: Final = "policies"
_UNKNOWN: Final = "没有这一版政策，或它还没有发布过，请重新选择。"


async def kept(content: ArticleContent, citables: Citables) -> list[dict[str, Any]]:
    """Return the citations as they are stored, with what the library says of each; raises SourceUnknown."""
    known = await _known(content, citables)
    wrong = tuple(
        FieldError(f"citations.{place}.version_id", "source_unknown", _UNKNOWN)
        for place, one in enumerate(content.citations)
        if isinstance(one, PolicyCitation) and one.version_id not in known
    )
    if wrong:
        raise SourceUnknown(fields=wrong)
    return [_kept(one, known) for one in content.citations]


async def over(citations: Sequence[Mapping[str, Any]], citables: Citables) -> list[FieldError]:
    """Return every stored citation of a version that no longer holds."""
    ids = [UUID(one["version_id"]) for one in citations if "version_id" in one]
    known = await citables[POLICIES](ids) if ids else {}
    return [
        FieldError(
            f"citations.{place}.version_id",
            "source_over",
            f"《{one['title']}》{_standing(one, known)}，请改引现行依据。",
        )
        for place, one in enumerate(citations)
        if "version_id" in one and not _holds(one, known)
    ]


async def _known(content: ArticleContent, citables: Citables) -> Mapping[UUID, Reference]:
    ids = [one.version_id for one in content.citations if isinstance(one, PolicyCitation)]
    return await citables[POLICIES](ids) if ids else {}


def _kept(one: PolicyCitation | LawCitation, known: Mapping[UUID, Reference]) -> dict[str, Any]:
    if isinstance(one, LawCitation):
        return one.model_dump()
    told = known[one.version_id]
    return {
        **one.model_dump(mode="json"),
        "policy_id": str(told.thing_id),
        "number": told.number,
        "edition": told.edition,
        "title": told.title,
    }


def _holds(one: Mapping[str, Any], known: Mapping[UUID, Reference]) -> bool:
    told = known.get(UUID(one["version_id"]))
    return told is not None and told.is_in_force


def _standing(one: Mapping[str, Any], known: Mapping[UUID, Reference]) -> str:
    told = known.get(UUID(one["version_id"]))
    return told.standing if told else "已不在政策库中"
