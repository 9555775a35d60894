"""What an answer cites must be there: a released version of a policy or of an article, or a law by its words."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final
from uuid import UUID

from backend.cases.errors import SourceUnknown
from backend.cases.events import Citation
from backend.foundation.errors import FieldError

Citable = Callable[[Sequence[UUID]], Awaitable[Mapping[UUID, UUID]]]
"""Returns, of versions that were released, the thing that each is a version of."""
Citables = Mapping[str, Citable]

LAW: Final = "law"


async def check(citations: Sequence[Citation], citables: Citables) -> list[Citation]:
    """Return the citations; raises SourceUnknown naming every one whose source isn't there."""
    known: dict[UUID, UUID] = {}
    for source, citable in citables.items():
        versions = [one.ref_version for one in citations if one.source == source and one.ref_version is not None]
        known |= await citable(versions) if versions else {}
    wrong = [
        FieldError(f"citations.{place}", "unknown", SourceUnknown.sentence)
        for place, one in enumerate(citations)
        if not _is_there(one, known)
    ]
    if wrong:
        raise SourceUnknown(fields=tuple(wrong))
    return list(citations)


def _is_there(one: Citation, known: Mapping[UUID, UUID]) -> bool:
    if one.source == LAW:
        return one.ref_id is None and one.ref_version is None
    return one.ref_version is not None and one.ref_id is not None and known.get(one.ref_version) == one.ref_id
