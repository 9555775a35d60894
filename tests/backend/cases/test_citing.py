"""An answer cites what is there: a released version, or a law by its words."""

from uuid import UUID

import pytest

from backend.assembly import CASE_CITABLES
from backend.cases import citing
from backend.cases.errors import SourceUnknown
from backend.cases.events import Citation
from backend.foundation import db
from backend.foundation.ids import new_id
from backend.policies import service
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.people import WRITER, content, owner, published

pytestmark = pytest.mark.usefixtures("running")


async def _version_of(policy_id: UUID) -> UUID:
    found: UUID = await db.fetch_value("SELECT id FROM policy_versions WHERE policy_id = $1", policy_id)
    return found


async def test_a_released_policy_and_a_law_are_taken() -> None:
    await owner(await enterprise(employees=3))
    policy = (await published()).id
    told = [Citation("law", "行政许可法第三十二条"), Citation("policies", "第二条", policy, await _version_of(policy))]
    assert await citing.check(told, CASE_CITABLES) == told


async def test_what_is_not_there_is_named() -> None:
    draft = (await service.draft(content(), actor=WRITER)).id
    wrong = [
        Citation("policies", "凭空", new_id(), new_id()),
        Citation("policies", "草稿", draft, await _version_of(draft)),
        Citation("knowledge", "凭空", new_id(), new_id()),
        Citation("policies", "没有版本", draft, None),
        Citation("law", "带了编号", new_id()),
    ]
    with pytest.raises(SourceUnknown) as refused:
        await citing.check(wrong, CASE_CITABLES)
    assert [one.path for one in refused.value.fields] == [f"citations.{place}" for place in range(5)]
